import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer kernels: tables and nearest centroids")
struct SubspaceCentroidsTests {
  /// Sub-spaces, their dimension, centroids.
  static let shapes = [
    (1, 1, 1), (3, 1, 2), (2, 2, 4), (5, 3, 8), (2, 4, 16), (3, 5, 17), (4, 8, 64), (2, 7, 100),
    (1, 33, 256), (2, 64, 255), (1, 129, 33), (3, 2, 1024),
  ]

  @Test(
    "tables hold distances and products to the last few bits",
    arguments: printingSkips(KernelSet.available))
  func tables(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (subspaces, width, count) in Self.shapes {
      let rows = DataShape.offset.make(subspaces * count, dimension: width, seed: 31)
      let query = DataShape.offset.make(1, dimension: subspaces * width, seed: 32).values
      let centroids = SubspaceCentroids(
        rows.values.span, subspaces: subspaces, subdimension: width)
      for metric in [Metric.l2, .innerProduct] {
        var tables = [Float](repeating: .nan, count: centroids.tableCount)
        var span = tables.mutableSpan
        centroids.fillTables(
          for: query.span, isL2: metric == .l2, kernels: kernels, into: &span)
        for subspace in 0..<subspaces {
          let part = query[subspace * width..<(subspace + 1) * width]
          for number in 0..<count {
            let truth = metric.value(part, rows[subspace * count + number])
            let found = Double(tables[subspace * centroids.stride + number])
            #expect(
              abs(found - truth) <= 1e-6 * abs(truth),
              "\(level) \(metric) \(subspaces) × \(count) × \(width), part \(subspace), \(number)")
          }
        }
      }
    }
  }

  @Test("the nearest is the first of the nearest", arguments: KernelSet.available)
  func nearest(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (subspaces, width, count) in Self.shapes {
      // Small integers: every sum is exact, and there are many ties.
      let rows = DataShape.integers.make(subspaces * count, dimension: width, seed: 33)
      let dimension = subspaces * width
      for total in [1, 2, 3, 4, 7, 13] {
        // One float in front: vectors need not begin at a multiple of their width.
        let vectors = DataShape.integers.make(total, dimension: dimension, seed: 34)
        let shifted = [Float.nan] + vectors.values
        let centroids = SubspaceCentroids(
          rows.values.span, subspaces: subspaces, subdimension: width)
        var numbers = [Int32](repeating: -1, count: total * subspaces)
        var span = numbers.mutableSpan
        centroids.findNearest(
          of: shifted.span.extracting(1..<shifted.count), kernels: kernels, into: &span)
        let expected = (0..<total * subspaces).map { place in
          let (vector, subspace) = (place / subspaces, place % subspaces)
          let start = vector * dimension + subspace * width
          let part = vectors.values[start..<start + width]
          return firstNearest(of: part, in: rows, subspace * count..<(subspace + 1) * count)
        }
        #expect(numbers == expected, "\(level) \(subspaces) × \(count) × \(width), \(total)")
      }
    }
  }

  @Test(
    "distances come with the numbers; infinite ones choose the first",
    arguments: KernelSet.available)
  func distances(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    let rows = DataShape.integers.make(37, dimension: 5, seed: 35)
    var vectors = DataShape.integers.make(9, dimension: 5, seed: 36)
    vectors[4] = [3e38, 3e38, 3e38, 3e38, 3e38]
    let centroids = SubspaceCentroids(rows.values.span, subspaces: 1, subdimension: 5)
    var numbers = [Int32](repeating: -1, count: 9)
    var distances = [Float](repeating: -1, count: 9)
    var numberSpan = numbers.mutableSpan
    var distanceSpan = distances.mutableSpan
    try centroids.findNearest(
      vectors.batch(), kernels: kernels, into: &numberSpan, distances: &distanceSpan)
    for row in 0..<9 where row != 4 {
      #expect(numbers[row] == firstNearest(of: vectors[row], in: rows, 0..<37), "\(level) \(row)")
      #expect(Double(distances[row]) == Metric.l2.value(vectors[row], rows[Int(numbers[row])]))
    }
    #expect(numbers[4] == 0 && distances[4] == .infinity)
  }

  @Test("few rows in few dimensions: the nearest up to rounding", arguments: KernelSet.available)
  func nearestRows(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (count, dimension) in [(1, 1), (20, 3), (3000, 8), (256, 64), (257, 64)] {
      let rows = DataShape.clustered.make(count, dimension: dimension, seed: 37)
      let queries = DataShape.clustered.make(700, dimension: dimension, seed: 38)
      let nearest = try NearestRows(
        rows: rows.batch(), metric: .l2, kernels: kernels, isRoundingFree: true)
      let (ids, values) = try nearest.assign(queries.batch(), execution: Execution(workers: 2))
      for query in stride(from: 0, to: 700, by: 41) {
        let truth = (0..<count).map { Metric.l2.value(queries[query], rows[$0]) }
        let least = truth.min() ?? 0
        let context = "\(level) \(rows), query \(query)"
        #expect(truth[Int(ids[query])] <= least * (1 + 1e-5) + 1e-12, "\(context)")
        #expect(abs(Double(values[query]) - least) <= 1e-5 * least + 1e-12, "\(context)")
      }
    }
  }

  private func firstNearest(
    of part: ArraySlice<Float>, in rows: Vectors, _ range: Range<Int>
  ) -> Int32 {
    var best = (number: 0, distance: Double.infinity)
    for row in range {
      let distance = Metric.l2.value(part, rows[row])
      if distance < best.distance { best = (row - range.lowerBound, distance) }
    }
    return Int32(best.number)
  }
}
