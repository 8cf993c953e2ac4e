import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer: codes compared with codes")
struct PolysemousTests {
  private static let points = PQScanTests.points
  private static let queries = PQScanTests.queries

  private func scan(
    _ quantizer: ProductQuantizer, _ codes: [UInt8], query: Int, _ options: ScanOptions,
    metric: Metric = .l2
  ) throws -> [Float] {
    let scanner = try quantizer.makeScanner(
      metric: metric, options: options, kernels: KernelSet())
    scanner.begin(Self.queries[query])
    let (all, chosen) = PQScanTests.values(scanner, codes, count: codes.count / quantizer.codeSize)
    #expect(all == chosen, "\(options)")
    return all
  }

  @Test("symmetric: both sides are decoded codes", arguments: PQScanTests.metrics)
  func symmetric(metric: Metric) throws {
    for bits in [8, 5] {
      let quantizer = try PQScanTests.trained(4, bits: bits)
      let codes = try quantizer.codes(Self.points.rows(0..<80))
      let decoded = try quantizer.vectors(codes)
      let coded = try quantizer.codes(Self.queries)
      let targets = try quantizer.vectors(coded)
      for query in 0..<2 {
        let values = try scan(
          quantizer, codes, query: query, ScanOptions(searchType: .symmetric), metric: metric)
        for row in 0..<80 {
          let truth = metric.value(targets[query], decoded[row])
          #expect(abs(Double(values[row]) - truth) <= 1e-5 * (1 + abs(truth)), "\(bits) bits")
        }
      }
      let scanner = try quantizer.makeSymmetricScanner(metric: metric, kernels: KernelSet())
      scanner.begin(code: codes.span.rawBytes.extracting(0..<quantizer.codeSize))
      let (values, _) = PQScanTests.values(scanner, codes, count: 80)
      let truth = metric.value(decoded[0], decoded[7])
      #expect(abs(Double(values[7]) - truth) <= 1e-5 * (1 + abs(truth)))
      #expect(metric != .l2 || values[0] <= 1e-6)
    }
  }

  @Test("Hamming: differing bits, or bytes")
  func hamming() throws {
    for bits in [8, 6] {
      let quantizer = try PQScanTests.trained(6, bits: bits)
      let codes = try quantizer.codes(Self.points.rows(0..<80))
      let coded = try quantizer.codes(Self.queries)
      let size = quantizer.codeSize
      for query in 0..<2 {
        let own = coded[query * size..<(query + 1) * size]
        let truth = (0..<80).map { row in
          zip(own, codes[row * size..<(row + 1) * size]).map { $0 ^ $1 }
        }
        let inBits = try scan(quantizer, codes, query: query, ScanOptions(searchType: .hamming))
        #expect(inBits == truth.map { Float($0.reduce(0) { $0 + $1.nonzeroBitCount }) })
        let inBytes = try scan(
          quantizer, codes, query: query, ScanOptions(searchType: .generalizedHamming))
        #expect(inBytes == truth.map { Float($0.count { $0 != 0 }) })
      }
    }
  }

  @Test(
    "polysemous: values of near codes, the worst for all others", arguments: PQScanTests.metrics)
  func polysemous(metric: Metric) throws {
    let quantizer = try PQScanTests.trained(8, bits: 8)
    let codes = try quantizer.codes(Self.points)
    let kernels = try KernelSet()
    for (type, distances) in [
      (PQSearchType.polysemous, PQSearchType.hamming),
      (.generalizedPolysemous, .generalizedHamming),
    ] {
      let far = try scan(quantizer, codes, query: 1, ScanOptions(searchType: distances))
      let plain = try scan(quantizer, codes, query: 1, ScanOptions(), metric: metric)
      for limit in [0, 5, 7, 25, 30, 65] {
        let options = ScanOptions(hammingThreshold: limit, searchType: type)
        let values = try scan(quantizer, codes, query: 1, options, metric: metric)
        let expected = zip(far, plain).map { $0 < Float(limit) ? $1 : metric.worst }
        #expect(values == expected, "\(type) \(limit)")
        let scanner = try quantizer.makeScanner(metric: metric, options: options, kernels: kernels)
        let selecting = try #require(scanner as? any SelectingScanner)
        selecting.begin(Self.queries[1])
        let threshold = plain.sorted()[600]
        var rows = [Int32](repeating: -1, count: plain.count)
        var kept = [Float](repeating: -1, count: plain.count)
        var rowSpan = rows.mutableSpan
        var keptSpan = kept.mutableSpan
        let count = selecting.select(
          codes.span.rawBytes, count: plain.count, within: threshold, rows: &rowSpan,
          values: &keptSpan)
        let passing = plain.indices.filter {
          far[$0] < Float(limit) && !metric.isBetter(threshold, than: plain[$0])
        }
        #expect(Array(rows.prefix(count)) == passing.map(Int32.init), "\(type) \(limit)")
        #expect(Array(kept.prefix(count)) == passing.map { plain[$0] }, "\(type) \(limit)")
      }
      let all = try scan(quantizer, codes, query: 1, ScanOptions(searchType: type), metric: metric)
      #expect(all == plain)
    }
    let short = try scan(
      quantizer, codes, query: 1, ScanOptions(hammingThreshold: 25), metric: metric)
    #expect(short.contains(metric.worst) && short.contains { $0.isFinite })
  }

  @Test("polysemous codes relative to a centroid use the code of the difference")
  func polysemousResiduals() throws {
    let quantizer = try PQScanTests.trained(4, bits: 8)
    let codes = try quantizer.codes(Self.points.rows(0..<60))
    let centroid = Array(Self.points[7])
    let query = Array(Self.queries[0])
    let difference = zip(query, centroid).map { $0 - $1 }
    for type in [PQSearchType.polysemous, .hamming, .symmetric] {
      let options = ScanOptions(
        hammingThreshold: type == .polysemous ? 14 : nil, searchType: type)
      let scanner = try quantizer.makeScanner(metric: .l2, options: options, kernels: KernelSet())
      scanner.begin(query: query.span)
      scanner.enter(cell: 0, centroid: centroid.span, distance: .nan)
      let (entered, _) = PQScanTests.values(scanner, codes, count: 60)
      scanner.begin(query: difference.span)
      let (plain, _) = PQScanTests.values(scanner, codes, count: 60)
      #expect(entered == plain, "\(type)")
    }
  }

  @Test("training makes Hamming distances follow distances, and only renumbers")
  func training() throws {
    var options = PolysemousTraining()
    options.iterations = 20_000
    let plain = try PQScanTests.trained(4, bits: 6)
    var quantizer = plain
    let cost = try quantizer.trainPolysemous(options, execution: Execution())
    #expect(cost.after < 0.8 * cost.before, "\(cost)")
    for subspace in 0..<4 {
      let sets = [plain, quantizer].map { quantizer in
        Set((0..<64).map { Array(quantizer.centroid($0, of: subspace)) })
      }
      #expect(sets[0] == sets[1], "part \(subspace)")
      let (before, after) = (correlation(plain, subspace), correlation(quantizer, subspace))
      #expect(after > before + 0.15, "part \(subspace): \(before), \(after)")
    }
    for (workers, level) in [(1, KernelLevel.portable), (3, KernelSet.available.last)] {
      var other = plain
      try other.trainPolysemous(options, execution: Execution(workers: workers, kernels: level))
      #expect(other.centroids == quantizer.centroids, "\(workers) workers")
    }
  }

  @Test("training refuses what it cannot do, and can be cancelled")
  func refused() throws {
    var untrained = try ProductQuantizer(dimension: 8, subspaces: 2, bits: 4)
    expectError(.notTrained) { try untrained.trainPolysemous(execution: Execution()) }
    var wide = try ProductQuantizer(
      dimension: 1, subspaces: 1, bits: 12, centroids: [Float](repeating: 0, count: 4096))
    expectError(.unsupported) { try wide.trainPolysemous(execution: Execution()) }
    var quantizer = try PQScanTests.trained(4, bits: 4)
    let before = quantizer.centroids
    expectError(.cancelled) {
      try quantizer.trainPolysemous(execution: Execution(isCancelled: { true }))
    }
    var options = PolysemousTraining()
    options.redos = 0
    expectError(.invalidArgument) {
      try quantizer.trainPolysemous(options, execution: Execution())
    }
    #expect(quantizer.centroids == before)
    // All centroids the same: nothing to follow, and nothing divides by zero.
    var constant = try ProductQuantizer(
      dimension: 4, subspaces: 2, bits: 3, centroids: [Float](repeating: 1, count: 32))
    options.redos = 1
    options.iterations = 100
    let cost = try constant.trainPolysemous(options, execution: Execution())
    #expect(cost.after.isFinite && cost.after <= cost.before)
  }

  /// Correlation of differing bits with distances, over all pairs of numbers.
  private func correlation(_ quantizer: ProductQuantizer, _ subspace: Int) -> Double {
    var pairs: [(Double, Double)] = []
    for a in 0..<quantizer.centroidCount {
      for b in 0..<a {
        let distance = Metric.l2.value(
          quantizer.centroid(a, of: subspace), quantizer.centroid(b, of: subspace))
        pairs.append((Double((a ^ b).nonzeroBitCount), distance))
      }
    }
    let count = Double(pairs.count)
    let meanA = pairs.reduce(0) { $0 + $1.0 } / count
    let meanB = pairs.reduce(0) { $0 + $1.1 } / count
    let cross = pairs.reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let squareA = pairs.reduce(0) { $0 + ($1.0 - meanA) * ($1.0 - meanA) }
    let squareB = pairs.reduce(0) { $0 + ($1.1 - meanB) * ($1.1 - meanB) }
    return cross / (squareA * squareB).squareRoot()
  }
}
