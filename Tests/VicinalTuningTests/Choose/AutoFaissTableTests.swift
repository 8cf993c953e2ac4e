import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("AutoFaiss's table, key for key")
struct AutoFaissTableTests {
  /// n, d, bound, default, mappable; computed with AutoFaiss 2.18.0.
  static let golden: [(Int, Int, String, String?, String?)] = [
    (500, 64, "1K", "Flat", "IVF1,Flat"),
    (500, 64, "50G", "Flat", "IVF1,Flat"),
    (5_000, 128, "1K", "HNSW15", "IVF256,Flat"),
    (5_000, 128, "50G", "HNSW15", "IVF256,Flat"),
    (10_000, 128, "6M", "HNSW14", "IVF512,Flat"),
    (10_000, 128, "5M", "OPQ64_192,IVF512,PQ64x8", "OPQ64_192,IVF512,PQ64x8"),
    (10_000, 128, "1M", "OPQ64_192,IVF512,PQ64x8", "OPQ64_192,IVF512,PQ64x8"),
    (100_000, 128, "60M", "HNSW14", "IVF1024,Flat"),
    (100_000, 128, "53M", "IVF1024,Flat", "IVF1024,Flat"),
    (100_000, 128, "10M", "OPQ64_192,IVF1024_HNSW32,PQ64x8", "OPQ64_192,IVF1024_HNSW32,PQ64x8"),
    (100_000, 128, "2M", "OPQ8_56,IVF1024_HNSW32,PQ8x8", "OPQ8_56,IVF1024_HNSW32,PQ8x8"),
    (
      100_000, 512, "100M", "OPQ256_768,IVF1024_HNSW32,PQ256x8", "OPQ256_768,IVF1024_HNSW32,PQ256x8"
    ),
    (500_000, 128, "100M", "OPQ64_192,IVF2048_HNSW32,PQ64x8", "OPQ64_192,IVF2048_HNSW32,PQ64x8"),
    (500_000, 512, "1G", "HNSW12", "IVF2048,Flat"),
    (
      500_000, 768, "1G", "OPQ256_1024,IVF2048_HNSW32,PQ256x8", "OPQ256_1024,IVF2048_HNSW32,PQ256x8"
    ),
    (999_999, 512, "50G", "HNSW32", "IVF4096,Flat"),
    (1_000_000, 512, "50G", "HNSW32", "OPQ256_768,IVF16384_HNSW32,PQ256x8"),
    (
      1_000_000, 512, "100M", "OPQ64_448,IVF16384_HNSW32,PQ64x8", "OPQ64_448,IVF16384_HNSW32,PQ64x8"
    ),
    (10_000_000, 128, "1G", "OPQ64_192,IVF65536_HNSW32,PQ64x8", "OPQ64_192,IVF65536_HNSW32,PQ64x8"),
    (10_000_000, 128, "100M", nil, nil),
    (
      200_000_000, 768, "16G", "OPQ64_448,IVF65536_HNSW32,PQ64x8",
      "OPQ64_448,IVF65536_HNSW32,PQ64x8"
    ),
    (
      200_000_000, 512, "50G", "OPQ256_768,IVF65536_HNSW32,PQ256x8",
      "OPQ256_768,IVF65536_HNSW32,PQ256x8"
    ),
  ]

  @Test("all golden values of the original", arguments: golden.indices)
  func original(row: Int) throws {
    let (count, dimension, text, plain, mappable) = Self.golden[row]
    let bound = try MemorySize(parsing: text).bytes
    for (isMappable, key) in [(false, plain), (true, mappable)] {
      let found = AutoFaissTable.choose(
        count: count, dimension: dimension, bound: bound, isMappable: isMappable)
      let expected = try key.map { try IndexSpec(parsing: $0) }
      #expect(found == expected, "\(count) × \(dimension), \(text), mappable \(isMappable)")
    }
  }

  /// 660 combinations, as many as the original breaks its bound in 96 of.
  static let counts = [
    500, 1_000, 5_000, 9_999, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    10_000_000, 100_000_000,
  ]
  static let dimensions = [16, 64, 128, 512, 768]
  static let bounds = ["1M", "10M", "100M", "1G", "10G", "100G"]

  @Test(
    "the strict table keeps the bound in 660 combinations and takes the key that fits",
    arguments: counts)
  func grid(count: Int) throws {
    for dimension in Self.dimensions {
      for text in Self.bounds {
        for isMappable in [false, true] {
          var budget = Budget()
          budget.indexMemory = try MemorySize(parsing: text)
          budget.isMemoryMappable = isMappable
          let bound = budget.indexMemory.bytes
          let context = "\(count) × \(dimension), \(text), mappable \(isMappable)"
          let original = AutoFaissTable.choose(
            count: count, dimension: dimension, bound: bound, isMappable: isMappable)
          do throws(IndexError) {
            let choice = try TableSelection.choose(
              count: count, dimension: dimension, metric: .l2, budget: budget)
            #expect(choice.predictedBytes <= bound, "\(context): \(choice)")
            #expect(choice.predictedFileBytes <= bound, "\(context): \(choice)")
            if let original {
              let own = Candidate(original, count: count, dimension: dimension, bound: bound)
              #expect(own.fits(bound) == (choice.spec == original), "\(context): \(choice)")
            }
          } catch {
            #expect(error.code == .memoryBound, "\(context)")
            // Not even four bits per coordinate, or the smallest codes, fit.
            #expect(bound < count * (dimension / 2 + 8) + (1 << 20), "\(context): \(error)")
          }
        }
      }
    }
  }
}
