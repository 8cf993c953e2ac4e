import Testing
import VicinalCore
import VicinalIndexes
import VicinalService
import VicinalTestSupport

@Suite("Which index there should be")
struct MergePolicyTests {
  private func facts(
    _ key: String, recall: Double? = 0.95, for count: Int, trainedOn trained: Int? = nil,
    recallThen: Double = 0.95
  ) -> MainFacts {
    MainFacts(
      key: key, parameters: "", recall: recall, chosenFor: count,
      training: trained.map { MainFacts.Training(count: $0, recall: recallThen) },
      isAccelerated: true)
  }

  @Test("auto keeps what it chose until the vectors are four times as many or the recall is low")
  func auto() throws {
    var policy = MergePolicy()
    policy.autoFrom = 1_000
    #expect(try policy.plan(after: nil, count: 999) == .flat)
    #expect(try policy.plan(after: nil, count: 1_000) == .choose)
    let graph = facts("HNSW32", for: 1_000)
    #expect(try policy.plan(after: graph, count: 3_999) == .build(.hnsw(links: 32)))
    #expect(try policy.plan(after: graph, count: 4_000) == .choose)
    let low = facts("HNSW32", recall: 0.92, for: 1_000)
    #expect(try policy.plan(after: low, count: 2_000) == .choose)
    let unknown = facts("HNSW32", recall: nil, for: 1_000)
    #expect(try policy.plan(after: unknown, count: 2_000) == .build(.hnsw(links: 32)))
    #expect(try policy.plan(after: graph, count: 10) == .flat)
    #expect(try policy.plan(after: graph, count: 2_000, isWished: true) == .choose)
    // What never reached the target is not chosen again at each merge.
    let best = facts("HNSW32", recall: 0.9, for: 1_000, trainedOn: 1_000, recallThen: 0.91)
    #expect(try policy.plan(after: best, count: 1_500) == .extend)
  }

  @Test("an index is extended until there are twice the vectors, or it finds less")
  func extending() throws {
    var policy = MergePolicy()
    let trained = facts("IVF16,Flat", for: 1_000, trainedOn: 1_000)
    let low = facts("IVF16,Flat", recall: 0.92, for: 1_000, trainedOn: 1_000)
    // A setting that is no better than it must be is not worse.
    let cheaper = facts("IVF16,Flat", for: 1_000, trainedOn: 1_000, recallThen: 0.999)
    let spec = try IndexSpec(parsing: "IVF16,Flat")
    for wish in [IndexWish.auto, .spec(spec)] {
      policy.wish = wish
      policy.autoFrom = 100
      #expect(try policy.plan(after: trained, count: 1_999) == .extend)
      #expect(try policy.plan(after: cheaper, count: 1_999) == .extend)
      #expect(try policy.plan(after: trained, count: 200) == .extend)
      #expect(try policy.plan(after: trained, count: 2_000) == .build(spec))
      let anew: MergePlan = wish == .auto ? .choose : .build(spec)
      #expect(try policy.plan(after: low, count: 1_500) == anew)
      #expect(try policy.plan(after: trained, count: 1_500, isWished: true) == anew)
      #expect(try policy.plan(after: nil, count: 1_500) == anew)
    }
    policy.wish = .spec(.hnsw(links: 32))
    #expect(try policy.plan(after: trained, count: 1_500) == .build(.hnsw(links: 32)))
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
    let spec = try IndexSpec(parsing: "IVF16,Flat")
    #expect(try policy.plan(after: nil, count: 5) == .build(spec))
    policy.wish = .flat
    #expect(try policy.plan(after: facts("HNSW32", for: 9), count: 1 << 40) == .flat)
  }
}
