import Testing
import VicinalCore
import VicinalIndexes
import VicinalTuning

@Suite("Codes as long as a bound allows")
struct CompactCodesTests {
  private func budget(_ bytes: Int, isMappable: Bool = false) -> Budget {
    var budget = Budget()
    budget.indexMemory = MemorySize(bytes: bytes)
    budget.isMemoryMappable = isMappable
    return budget
  }

  @Test(
    "each fits, and the next longer one would not",
    arguments: [(100_000, 128, 2 << 20), (100_000, 128, 10 << 20), (1_000_000, 96, 30 << 20)])
  func tight(count: Int, dimension: Int, bound: Int) throws {
    let keys = CompactCodes.keys(count: count, dimension: dimension, budget: budget(bound))
    #expect(keys.count >= 4)
    for key in keys {
      let spec = try IndexSpec(parsing: key)
      let found = Candidate(spec, count: count, dimension: dimension, bound: 0)
      #expect(found.fits(bound), "\(key)")
      // Limits of the lengths themselves aside, hardly any byte per vector is left.
      let isLongest = key.contains("PQ64") || key.contains("PCAR\(dimension - 1),")
      let left = Double(bound - found.boundedBytes) / Double(count)
      #expect(isLongest || left < 1.5, "\(key) leaves \(left) bytes per vector")
    }
  }

  @Test("files that are mapped have lists; there are none where bytes fit, or for few vectors")
  func limits() {
    let mapped = CompactCodes.keys(
      count: 100_000, dimension: 128, budget: budget(5 << 20, isMappable: true))
    #expect(!mapped.isEmpty && mapped.allSatisfy { $0.contains("IVF") })
    #expect(CompactCodes.keys(count: 100_000, dimension: 128, budget: budget(13 << 20)).isEmpty)
    #expect(CompactCodes.keys(count: 500, dimension: 128, budget: budget(10_000)).isEmpty)
    #expect(CompactCodes.keys(count: 100_000, dimension: 128, budget: budget(1000)).isEmpty)
  }

  @Test("codes without training come first, the longest of a family before shorter ones")
  func order() throws {
    let candidates = try ["PQ16", "PQ32", "OPQ17_119,PQ17", "SQ4", "PCAR20,SQ8", "SQ6"].map {
      Candidate(try IndexSpec(parsing: $0), count: 100_000, dimension: 128, bound: 0)
    }
    let order = TrialOrder.ordered(candidates).map { $0.spec.factoryString }
    #expect(order == ["SQ6", "SQ4", "PCAR20,SQ8", "OPQ17_119,PQ17", "PQ32", "PQ16"])
    let families = candidates.map { TrialOrder.family($0.spec) }
    #expect(families == ["PQ", "PQ", "OPQ,PQ", "SQ", "PCAR,SQ", "SQ"])
  }
}
