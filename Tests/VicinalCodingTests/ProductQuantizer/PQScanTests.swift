import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer: comparing queries with codes")
struct PQScanTests {
  static let points = DataShape.clustered.make(1200, dimension: 24, seed: 81)
  static let queries = DataShape.clustered.make(3, dimension: 24, seed: 82)
  static let metrics: [Metric] = [.l2, .innerProduct]

  static func trained(_ subspaces: Int, bits: Int) throws -> ProductQuantizer {
    var quantizer = try ProductQuantizer(dimension: 24, subspaces: subspaces, bits: bits)
    quantizer.clustering.iterations = 4
    try quantizer.train(points)
    return quantizer
  }

  /// Values of consecutive codes, and of the same codes by their numbers in reverse.
  static func values(
    _ scanner: any CodeScanner, _ codes: [UInt8], count: Int
  ) -> (all: [Float], chosen: [Float]) {
    let all = scanner.scan(codes, count: count)
    let rows = (0..<Int32(count)).reversed().map { $0 }
    var chosen = all
    var chosenSpan = chosen.mutableSpan
    scanner.scan(codes.span.rawBytes, rows: rows.span, into: &chosenSpan)
    return (all, chosen.reversed())
  }

  @Test(
    "values are those of the decoded vectors", arguments: KernelSet.available,
    [(4, 8), (8, 8), (3, 4), (4, 4), (6, 1), (12, 2), (4, 5), (2, 9), (2, 10), (8, 3)])
  func asymmetric(level: KernelLevel, shape: (subspaces: Int, bits: Int)) throws {
    let quantizer = try Self.trained(shape.subspaces, bits: shape.bits)
    let codes = try quantizer.codes(Self.points.rows(0..<333))
    let decoded = try quantizer.vectors(codes)
    for metric in Self.metrics {
      let scanner = try quantizer.makeScanner(
        metric: metric, options: ScanOptions(), kernels: KernelSet(level))
      for query in 0..<Self.queries.count {
        scanner.begin(Self.queries[query])
        let (all, chosen) = Self.values(scanner, codes, count: 333)
        #expect(all == chosen)
        for row in 0..<333 {
          let truth = metric.value(Self.queries[query], decoded[row])
          let size = Metric.l2.value(Self.queries[query], decoded[row]) + abs(truth)
          #expect(abs(Double(all[row]) - truth) <= 1e-5 * size, "\(level) \(shape) \(metric)")
        }
      }
    }
  }

  @Test(
    "selecting gives what scanning and dropping gives", arguments: KernelSet.available,
    [(8, 8), (3, 8), (24, 4), (12, 2), (4, 5), (2, 9)])
  func selecting(level: KernelLevel, shape: (subspaces: Int, bits: Int)) throws {
    let kernels = try KernelSet(level)
    let quantizer = try Self.trained(shape.subspaces, bits: shape.bits)
    let codes = try quantizer.codes(Self.points)
    let count = Self.points.count
    for metric in Self.metrics {
      let scanner = try #require(
        quantizer.makeScanner(metric: metric, options: ScanOptions(), kernels: kernels)
          as? any SelectingScanner)
      for isResidual in [false, true] {
        for query in 0..<2 {
          scanner.begin(Self.queries[query])
          let centroid = Array(Self.points[5])
          if isResidual { scanner.enter(cell: 0, centroid: centroid.span, distance: .nan) }
          let values = scanner.scan(codes, count: count)
          let ordered = values.sorted { metric.isBetter($0, than: $1) }
          for threshold in [metric.worst, ordered[300], ordered[10], ordered[0], ordered[400]] {
            var rows = [Int32](repeating: -1, count: count)
            var kept = [Float](repeating: -1, count: count)
            var rowSpan = rows.mutableSpan
            var keptSpan = kept.mutableSpan
            let found = scanner.select(
              codes.span.rawBytes, count: count, within: threshold, rows: &rowSpan,
              values: &keptSpan)
            let passing = values.indices.filter { !metric.isBetter(threshold, than: values[$0]) }
            let context = "\(level) \(shape) \(metric) \(threshold)"
            #expect(Array(rows.prefix(found)) == passing.map(Int32.init), "\(context)")
            #expect(Array(kept.prefix(found)) == passing.map { values[$0] }, "\(context)")
          }
        }
      }
    }
  }

  @Test("16 bits per part")
  func sixteenBits() throws {
    var generator = SplitMix64(seed: 83)
    let centroids = (0..<3 << 16).map { _ in generator.normal() }
    let quantizer = try ProductQuantizer(
      dimension: 3, subspaces: 3, bits: 16, centroids: centroids)
    let points = DataShape.uniform.make(20, dimension: 3, seed: 84)
    let codes = try quantizer.codes(points)
    #expect(codes.count == 120)
    let decoded = try quantizer.vectors(codes)
    for (a, b) in zip(points.values, decoded.values) { #expect(abs(a - b) < 1e-3) }
    let scanner = try quantizer.makeScanner(
      metric: .l2, options: ScanOptions(), kernels: KernelSet())
    scanner.begin([0.5, -0.5, 1])
    let (all, chosen) = Self.values(scanner, codes, count: 20)
    #expect(all == chosen)
    for row in 0..<20 {
      let truth = Metric.l2.value([0.5, -0.5, 1], decoded[row])
      #expect(abs(Double(all[row]) - truth) <= 1e-5 * truth)
    }
  }

  /// Three ways to know the tables of a list.
  enum Preparation: CaseIterable { case none, cells, multiIndex }

  @Test(
    "codes relative to a centroid", arguments: Preparation.allCases,
    [(4, 8), (6, 4), (4, 5)])
  func residuals(preparation: Preparation, shape: (subspaces: Int, bits: Int)) throws {
    var coarse = try ProductQuantizer(dimension: 24, subspaces: 2, bits: 2)
    try coarse.train(Self.points)
    let cells = try coarse.vectors((0..<16).map { UInt8($0) })
    var quantizer = try Self.trained(shape.subspaces, bits: shape.bits)
    switch preparation {
    case .none: break
    case .cells:
      try quantizer.prepareTables(cells)
    case .multiIndex:
      try quantizer.prepareResidualTables(multiIndex: coarse, execution: Execution())
    }
    #expect((quantizer.residualTables != nil) == (preparation != .none))
    let codes = try quantizer.codes(Self.points.rows(0..<50))
    let decoded = try quantizer.vectors(codes)
    for metric in Self.metrics {
      let scanner = try quantizer.makeScanner(
        metric: metric, options: ScanOptions(), kernels: KernelSet())
      for query in 0..<2 {
        scanner.begin(Self.queries[query])
        for cell in [3, 0, 15, 6] {
          let centroid = Array(cells[cell])
          let distance = Float(metric.value(Self.queries[query], centroid[...]))
          scanner.enter(
            cell: cell, centroid: centroid.span, distance: cell == 0 ? .nan : distance)
          let (all, chosen) = Self.values(scanner, codes, count: 50)
          #expect(all == chosen)
          for row in 0..<50 {
            let vector = zip(centroid, decoded[row]).map { $0 + $1 }
            let truth = metric.value(Self.queries[query], vector[...])
            let size = Metric.l2.value(Self.queries[query], vector[...]) + abs(truth) + 20
            #expect(
              abs(Double(all[row]) - truth) <= 2e-6 * size, "\(preparation) \(shape) \(metric)")
          }
        }
        // A new query forgets the list.
        scanner.begin(Self.queries[query])
        let (plain, _) = Self.values(scanner, codes, count: 1)
        let truth = metric.value(Self.queries[query], decoded[0])
        #expect(abs(Double(plain[0]) - truth) <= 1e-4 * (1 + abs(truth)))
      }
    }
  }

  @Test("tables are not made above the limit, and can be dropped")
  func tableLimit() throws {
    var quantizer = try Self.trained(4, bits: 8)
    let centroids = Self.points.rows(0..<10)
    let bytes = 10 * 4 * 256 * 4
    try quantizer.prepareTables(centroids, limit: bytes - 1)
    #expect(quantizer.residualTables == nil)
    let plain = quantizer.byteCount
    try quantizer.prepareTables(centroids, limit: bytes)
    #expect(quantizer.byteCount == plain + bytes)
    quantizer.dropResidualTables()
    #expect(quantizer.byteCount == plain)
    // Parts of 8 floats do not make up parts of 6.
    let other = try ProductQuantizer(
      dimension: 24, subspaces: 3, bits: 1, centroids: [Float](repeating: 0, count: 48))
    try quantizer.prepareResidualTables(multiIndex: other, execution: Execution())
    #expect(quantizer.residualTables == nil)
    expectError(.dimensionMismatch) {
      try quantizer.prepareTables(DataShape.uniform.make(2, dimension: 8, seed: 1))
    }
  }

  @Test("what a product quantizer does not do is refused")
  func refused() throws {
    let quantizer = try Self.trained(4, bits: 4)
    let kernels = try KernelSet()
    func refuse(_ metric: Metric, _ options: ScanOptions) {
      expectError(.unsupported, "\(metric) \(options)") {
        _ = try quantizer.makeScanner(metric: metric, options: options, kernels: kernels)
      }
    }
    refuse(.l1, ScanOptions())
    refuse(.l2, ScanOptions(queryBits: 8))
    refuse(.l2, ScanOptions(hammingThreshold: 10))
    refuse(.l2, ScanOptions(hammingThreshold: 10, searchType: .symmetric))
    refuse(.innerProduct, ScanOptions(searchType: .hamming))
    expectError(.notTrained) {
      _ = try ProductQuantizer(dimension: 8, subspaces: 2).makeScanner(
        metric: .l2, options: ScanOptions(), kernels: kernels)
    }
  }
}
