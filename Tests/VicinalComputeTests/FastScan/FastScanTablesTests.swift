import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("FastScanTables")
struct FastScanTablesTests {
  private struct Subject {
    let query: [Float]
    let centroids: [Float]
    let parts: Int
    let width: Int

    init(seed: UInt64, shape: DataShape) {
      var generator = SplitMix64(seed: seed)
      parts = 1 + generator.integer(below: 40)
      width = 1 + generator.integer(below: 9)
      query = shape.make(1, dimension: parts * width, seed: seed).values
      centroids = shape.make(parts * 16, dimension: width, seed: seed + 1).values
    }

    var quantizer: SubspaceCentroids {
      SubspaceCentroids(centroids.span, subspaces: parts, subdimension: width)
    }

    func tables(isL2: Bool, _ kernels: KernelSet) -> FastScanTables {
      let tables = FastScanTables(parts: parts, isL2: isL2)
      tables.fill(for: query.span, quantizer, kernels: kernels)
      return tables
    }

    func entry(_ part: Int, _ number: Int, isL2: Bool) -> Double {
      (0..<width).reduce(0.0) { sum, column in
        let x = Double(query[part * width + column])
        let c = Double(centroids[(part * 16 + number) * width + column])
        return sum + (isL2 ? (x - c) * (x - c) : x * c)
      }
    }
  }

  @Test("entries are those of a plain loop in double, the same bits at every level")
  func entries() throws {
    for seed in UInt64(1)...40 {
      let subject = Subject(seed: seed, shape: .clustered)
      for isL2 in [true, false] {
        let plain = try subject.tables(isL2: isL2, KernelSet(.portable))
        for part in 0..<subject.parts {
          for number in 0..<16 {
            let truth = subject.entry(part, number, isL2: isL2)
            let found = Double(plain.table[part * 16 + number])
            #expect(abs(found - truth) <= 1e-5 * (1 + abs(truth)), "seed \(seed), L2 \(isL2)")
          }
        }
        #expect(plain.table.dropFirst(subject.parts * 16).allSatisfy { $0 == 0 })
        for level in CTable.levels {
          let other = try subject.tables(isL2: isL2, KernelSet(level))
          #expect(other.table.map(\.bitPattern) == plain.table.map(\.bitPattern), "\(level)")
        }
      }
    }
  }

  @Test("no code within a threshold is lost", arguments: DataShape.allCases)
  func limits(shape: DataShape) throws {
    for seed in UInt64(1)...12 {
      let subject = Subject(seed: seed, shape: shape)
      var generator = SplitMix64(seed: seed)
      let codes = (0..<200).map { _ in
        (0..<subject.parts).map { _ in generator.integer(below: 16) }
      }
      for isL2 in [true, false] {
        let bias = isL2 ? 0 : generator.uniform(-2, 2)
        let tables = try subject.tables(isL2: isL2, KernelSet(.portable))
        let values = codes.map { code in
          code.indices.reduce(Float(0)) { $0 + tables.table[$1 * 16 + code[$1]] } + bias
        }
        let sorted = values.sorted()
        for isFine in [false, true] {
          // Rising, falling and equal thresholds: tables are rounded anew only now and then.
          for rank in [100, 20, 21, 5, 5, 0, 199, 198, 150] {
            let threshold = sorted[isL2 ? rank : 199 - rank]
            var reference: [UInt8] = []
            for level in CTable.levels {
              let limit = try tables.limit(
                threshold: threshold, bias: bias, isFine: isFine, kernels: KernelSet(level))
              if reference.isEmpty { reference = tables.units }
              #expect(tables.units == reference, "\(level)")
              let limited = try #require(limit, "seed \(seed), rank \(rank)")
              guard limited != .max else { continue }
              for (code, value) in zip(codes, values)
              where isL2 ? value <= threshold : value >= threshold {
                let sum = code.indices.reduce(0) { $0 + Int(tables.units[$1 * 16 + code[$1]]) }
                #expect(sum <= Int(limited), "seed \(seed), L2 \(isL2), fine \(isFine)")
              }
            }
          }
        }
      }
    }
  }

  @Test("units tell codes apart that differ by little more than the rounding")
  func resolution() throws {
    for seed in UInt64(1)...20 {
      let subject = Subject(seed: seed, shape: .uniform)
      let tables = try subject.tables(isL2: true, KernelSet())
      let best = (0..<subject.parts).reduce(Float(0)) { sum, part in
        sum + (tables.table[part * 16..<part * 16 + 16].min() ?? 0)
      }
      let threshold = best + 1
      for isFine in [false, true] {
        let found = try tables.limit(
          threshold: threshold, bias: 0, isFine: isFine, kernels: KernelSet())
        let limit = try #require(found)
        // One unit is at most 1/229 of the way from the best sum to the threshold.
        #expect(limit >= 228 && (isFine || limit <= 254), "seed \(seed): \(limit)")
      }
      // Nothing is better than the best of all parts together.
      let impossible = try tables.limit(
        threshold: best * 0.99 - 0.01, bias: 0, isFine: false, kernels: KernelSet())
      #expect(impossible == nil)
      let anything = try tables.limit(
        threshold: .infinity, bias: 0, isFine: false, kernels: KernelSet())
      #expect(anything == .max)
    }
  }
}
