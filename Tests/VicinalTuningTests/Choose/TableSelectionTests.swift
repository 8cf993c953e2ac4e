import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

/// AutoFaiss's table with a bound that is kept: what the original would choose (``AutoFaissTable``)
/// is taken where it fits; it leaves out ids, levels, codebooks and residual tables.
@Suite("TableSelection")
struct TableSelectionTests {
  private func choose(
    _ count: Int, _ dimension: Int, _ bound: String, isMappable: Bool = false
  ) throws(IndexError) -> Choice {
    var budget = Budget()
    budget.indexMemory = try MemorySize(parsing: bound)
    budget.isMemoryMappable = isMappable
    return try TableSelection.choose(
      count: count, dimension: dimension, metric: .l2, budget: budget)
  }

  @Test(
    "AutoFaiss's golden values, where the strict bound agrees",
    arguments: [
      (500, 64, "1G", "Flat", "IVF1,Flat"), (5000, 64, "1G", "HNSW15,Flat", "IVF256,Flat"),
      (100_000, 128, "53M", "IVF1024,Flat", "IVF1024,Flat"),
      (999_999, 512, "50G", "HNSW32,Flat", "IVF4096,Flat"),
    ])
  func golden(count: Int, dimension: Int, bound: String, plain: String, mappable: String) throws {
    #expect(try choose(count, dimension, bound).spec.factoryString == plain)
    #expect(try choose(count, dimension, bound, isMappable: true).spec.factoryString == mappable)
  }

  @Test(
    "the golden values that would not fit, and what does instead",
    arguments: [
      (10_000, 128, "6M", "HNSW12,Flat", "IVF512,Flat"),
      (100_000, 128, "60M", "HNSW12,Flat", "IVF1024,Flat"),
      (500_000, 512, "1G", "HNSW10,Flat", "IVF2048,Flat"),
      (10_000, 128, "5M", "OPQ64_192,IVF512,PQ64", "OPQ64_192,IVF512,PQ64"),
      (100_000, 128, "10M", "OPQ64_192,IVF1024_HNSW32,PQ64", "OPQ64_192,IVF1024_HNSW32,PQ64"),
      (1_000_000, 512, "50G", "HNSW32,Flat", "OPQ256_768,IVF16384_HNSW32,PQ256"),
    ])
  func differing(
    count: Int, dimension: Int, bound: String, plain: String, mappable: String
  ) throws {
    #expect(try choose(count, dimension, bound).spec.factoryString == plain)
    #expect(try choose(count, dimension, bound, isMappable: true).spec.factoryString == mappable)
  }

  @Test(
    "bounds that nothing meets are errors that say what would fit, which then does",
    arguments: [
      (10_000, 128, "100K"), (500_000, 768, "5M"), (10_000_000, 128, "100M"), (900, 64, "20K"),
    ])
  func tooSmall(count: Int, dimension: Int, bound: String) throws {
    for isMappable in [false, true] {
      var message = ""
      do throws(IndexError) {
        _ = try choose(count, dimension, bound, isMappable: isMappable)
      } catch {
        #expect(error.code == .memoryBound)
        message = error.message
      }
      let least = try #require(
        message.firstMatch(of: /\((\d+) bytes\)/).flatMap { Int($0.1) }, "\(message)")
      #expect(message.contains("\(count)") && message.contains("\(dimension)"))
      let enough = Int(Double(least) * 1.003)
      #expect(throws: Never.self, "\(message)") {
        try choose(count, dimension, "\(enough)B", isMappable: isMappable)
      }
      #expect(throws: IndexError.self) {
        try choose(count, dimension, "\(least - 1)B", isMappable: isMappable)
      }
    }
  }

  @Test(
    "the number of cells changes where AutoFaiss's does",
    arguments: [
      (1000, 128), (2047, 128), (2048, 256), (8192, 256), (8193, 512), (32_767, 512),
      (32_768, 1024), (131_072, 1024), (131_073, 2048), (524_287, 2048), (524_288, 4096),
      (999_999, 4096),
    ])
  func cells(count: Int, lists: Int) throws {
    let choice = try choose(count, 8, "50G", isMappable: true)
    #expect(choice.spec == .ivf(listCount: lists, coarse: .flat))
  }

  @Test(
    "large data gets more cells, found through a graph, and codes",
    arguments: [
      (1_000_000, 16_384), (9_999_999, 16_384), (10_000_000, 65_536), (299_999_999, 65_536),
      (300_000_000, 131_072),
    ])
  func manyCells(count: Int, lists: Int) throws {
    let choice = try choose(count, 32, "100T", isMappable: true)
    #expect(choice.spec.factoryString == "OPQ24_48,IVF\(lists)_HNSW32,PQ24")
  }

  @Test(
    "thresholds are where AutoFaiss has them",
    arguments: [
      (1, "Flat", "IVF1,Flat"), (999, "Flat", "IVF1,Flat"), (1000, "HNSW15,Flat", "IVF128,Flat"),
      (9999, "HNSW15,Flat", "IVF512,Flat"), (10_000, "HNSW32,Flat", "IVF512,Flat"),
    ])
  func thresholds(count: Int, plain: String, mappable: String) throws {
    #expect(try choose(count, 16, "1G").spec.factoryString == plain)
    #expect(try choose(count, 16, "1G", isMappable: true).spec.factoryString == mappable)
  }

  @Test("no vectors are insufficient data; an index asked for by name must fit too")
  func errors() throws {
    expectError(.insufficientData) { _ = try choose(0, 4, "1G") }
    expectError(.insufficientData) { _ = try choose(4, 0, "1G") }
    expectError(.insufficientData) { _ = try choose(-4, 4, "1G") }
    var budget = Budget()
    budget.indexMemory = try MemorySize(parsing: "1M")
    expectError(.memoryBound, naming: ["HNSW32,Flat", "1.0MB"]) {
      _ = try TableSelection.fit(.hnsw(links: 32), count: 10_000, dimension: 32, budget: budget)
    }
    let choice = try TableSelection.fit(.flat, count: 1000, dimension: 32, budget: budget)
    #expect(choice.spec == .flat && choice.isAccelerated)
  }

  @Test("the companion is dropped before the index")
  func companion() throws {
    let with = try choose(1000, 64, "1G")
    #expect(with.isAccelerated)
    let bound = "\(with.predictedBytes - 1)B"
    let without = try choose(1000, 64, bound)
    #expect(without.spec == with.spec && !without.isAccelerated)
    #expect(try choose(1000, 64, "\(with.predictedBytes)B").isAccelerated)
  }
}
