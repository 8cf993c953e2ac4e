import Testing
import VicinalCore
import VicinalIndexes
import VicinalService
import VicinalTestSupport

@Suite("Which index there should be")
struct MergePolicyTests {
  private func facts(_ key: String, recall: Double? = 0.95, for count: Int) -> MainFacts {
    MainFacts(
      key: key, parameters: "", recall: recall, chosenFor: count, isAccelerated: true)
  }

  @Test("auto keeps what it chose until the vectors are four times as many or the recall is low")
  func auto() throws {
    var policy = MergePolicy()
    policy.autoFrom = 1_000
    #expect(try policy.spec(after: nil, count: 999) == .flat)
    #expect(try policy.spec(after: nil, count: 1_000) == nil)
    let graph = facts("HNSW32", for: 1_000)
    #expect(try policy.spec(after: graph, count: 3_999) == .hnsw(links: 32))
    #expect(try policy.spec(after: graph, count: 4_000) == nil)
    #expect(try policy.spec(after: facts("HNSW32", recall: 0.92, for: 1_000), count: 2_000) == nil)
    #expect(
      try policy.spec(after: facts("HNSW32", recall: nil, for: 1_000), count: 2_000)
        == .hnsw(links: 32))
    #expect(try policy.spec(after: graph, count: 10) == .flat)
  }

  @Test("wishes are texts")
  func wishes() throws {
    #expect(try IndexWish(parsing: "AUTO") == .auto)
    #expect(try IndexWish(parsing: "flat") == .flat)
    #expect(try IndexWish(parsing: "IDMap,Flat") == .flat)
    #expect(try IndexWish(parsing: "IDMap,HNSW32") == .spec(.hnsw(links: 32)))
    #expect(try IndexWish(parsing: "IVF16,Flat").description == "IVF16,Flat")
    #expect(throws: IndexError.self) { try IndexWish(parsing: "nonsense") }
    var policy = MergePolicy()
    policy.wish = try IndexWish(parsing: "IVF16,Flat")
    #expect(try policy.spec(after: nil, count: 5)?.factoryString == "IVF16,Flat")
    policy.wish = .flat
    #expect(try policy.spec(after: facts("HNSW32", for: 9), count: 1 << 40) == .flat)
  }
}
