import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("PQFastScanCodec")
struct PQFastScanTests {
  /// A trained codec, codes of other vectors, and queries.
  private struct Subject {
    let codec: PQFastScanCodec
    let plain: [UInt8]
    let block: CodeBlock
    let queries: Vectors
    let note: String

    init(seed: UInt64) throws {
      var generator = SplitMix64(seed: seed)
      let parts = 1 + generator.integer(below: 24)
      let dimension = parts * (1 + generator.integer(below: 4))
      let count = 1 + generator.integer(below: 1500)
      let vectors = 32 * (1 + generator.integer(below: 3))
      note = "seed \(seed): \(count) codes of \(parts) parts, blocks of \(vectors)"
      var codec = try PQFastScanCodec(
        dimension: dimension, subspaces: parts, blockVectors: vectors)
      codec.clustering.iterations = 4
      let sample = DataShape.clustered.make(300, dimension: dimension, seed: seed)
      try codec.train(on: sample.batch(), execution: Execution())
      let data = DataShape.clustered.make(count, dimension: dimension, seed: seed + 1)
      let plain = try codec.encode(data.batch(), execution: Execution())
      var block = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
      block.append(plain.span.rawBytes)
      self.plain = plain
      self.block = block
      self.codec = codec
      queries = DataShape.clustered.make(4, dimension: dimension, seed: seed + 2)
    }

    func scanner(_ metric: Metric, _ kernels: KernelSet) throws -> any SelectingScanner {
      let made = try codec.makeScanner(metric: metric, options: ScanOptions(), kernels: kernels)
      return try #require(made as? any SelectingScanner)
    }

    func scan(_ scanner: any CodeScanner) -> [Float] {
      var values = [Float](repeating: .nan, count: block.count)
      var span = values.mutableSpan
      scanner.scan(block.bytes.bytes, count: block.count, into: &span)
      return values
    }

    func select(
      _ scanner: any SelectingScanner, within threshold: Float
    ) -> (rows: [Int32], values: [Float]) {
      var rows = [Int32](repeating: -1, count: block.count)
      var values = [Float](repeating: .nan, count: block.count)
      var rowSpan = rows.mutableSpan
      var valueSpan = values.mutableSpan
      let left = scanner.select(
        block.bytes.bytes, count: block.count, within: threshold, rows: &rowSpan,
        values: &valueSpan)
      return (Array(rows.prefix(left)), Array(values.prefix(left)))
    }
  }

  @Test("values are those between the query and the decoded vectors", arguments: 1...8)
  func values(seed: UInt64) throws {
    let subject = try Subject(seed: seed)
    let dimension = subject.codec.dimension
    let decoded = Vectors(
      try subject.codec.decode(subject.plain.span.rawBytes), dimension: dimension)
    for metric in [Metric.l2, .innerProduct] {
      let scanner = try subject.scanner(metric, KernelSet())
      for query in 0..<subject.queries.count {
        let vector = Array(subject.queries[query])
        scanner.begin(query: vector.span)
        let found = subject.scan(scanner)
        for row in 0..<decoded.count {
          let truth = metric.value(subject.queries[query], decoded[row])
          #expect(abs(Double(found[row]) - truth) <= 1e-4 * (1 + abs(truth)), "\(subject.note)")
        }
      }
    }
  }

  @Test("selecting keeps exactly what scanning and comparing keeps", arguments: 11...24)
  func selecting(seed: UInt64) throws {
    let subject = try Subject(seed: seed)
    for metric in [Metric.l2, .innerProduct] {
      var generator = SplitMix64(seed: seed)
      let centroid = (0..<subject.codec.dimension).map { _ in generator.uniform(-0.5, 0.5) }
      for query in 0..<subject.queries.count {
        let plain = try subject.scanner(metric, KernelSet(.portable))
        let vector = Array(subject.queries[query])
        plain.begin(query: vector.span)
        if query % 2 == 1 {
          plain.enter(cell: 0, centroid: centroid.span, distance: .nan)
        }
        let values = subject.scan(plain)
        let sorted = values.sorted()
        for level in KernelSet.available {
          let scanner = try subject.scanner(metric, KernelSet(level))
          scanner.begin(query: vector.span)
          if query % 2 == 1 {
            scanner.enter(cell: 0, centroid: centroid.span, distance: query == 1 ? .nan : 3)
            if query == 3, metric == .innerProduct { continue }
          }
          #expect(subject.scan(scanner) == values, "\(subject.note), \(level)")
          let ranks = [0, 5, 5, 1, 40, 3, sorted.count - 1, sorted.count / 2]
          let thresholds: [Float] =
            ranks.map { sorted[min($0, sorted.count - 1)] }
            + [.infinity, -.infinity, sorted[0] - 100, .nan, sorted[0]]
          for threshold in thresholds {
            let expected = values.indices.filter {
              metric == .l2 ? values[$0] <= threshold : values[$0] >= threshold
            }
            let found = subject.select(scanner, within: threshold)
            #expect(found.rows.map(Int.init) == expected, "\(subject.note), \(level), \(threshold)")
            #expect(found.values == expected.map { values[$0] }, "\(subject.note), \(level)")
          }
        }
      }
    }
  }

  @Test("a centroid moves L2 tables, and adds the given value to inner products")
  func cells() throws {
    let subject = try Subject(seed: 31)
    let centroid = [Float](repeating: 0.25, count: subject.codec.dimension)
    let query = Array(subject.queries[0])
    let l2 = try subject.scanner(.l2, KernelSet())
    l2.begin(query: query.span)
    l2.enter(cell: 3, centroid: centroid.span, distance: 7)
    let moved = try subject.scanner(.l2, KernelSet())
    let difference = zip(query, centroid).map { $0 - $1 }
    moved.begin(query: difference.span)
    #expect(subject.scan(l2) == subject.scan(moved))
    // A new query knows nothing of the cell before.
    l2.begin(query: query.span)
    moved.begin(query: query.span)
    #expect(subject.scan(l2) == subject.scan(moved))

    let product = try subject.scanner(.innerProduct, KernelSet())
    product.begin(query: query.span)
    let before = subject.scan(product)
    product.enter(cell: 3, centroid: centroid.span, distance: 7)
    #expect(subject.scan(product) == before.map { $0 + 7 })
  }

  @Test("chosen codes have the values of all")
  func chosen() throws {
    let subject = try Subject(seed: 41)
    let scanner = try subject.scanner(.l2, KernelSet())
    let vector = Array(subject.queries[0])
    scanner.begin(query: vector.span)
    let values = subject.scan(scanner)
    let last = Int32(subject.block.count - 1)
    let rows: [Int32] = [0, last, last / 2, 0]
    var found = [Float](repeating: 0, count: rows.count)
    var span = found.mutableSpan
    scanner.scan(subject.block.bytes.bytes, rows: rows.span, into: &span)
    #expect(found == rows.map { values[Int($0)] })
  }

  @Test("refuses what it cannot do")
  func refusals() throws {
    expectError(.invalidArgument) { _ = try PQFastScanCodec(dimension: 8, subspaces: 3) }
    for block in [0, -32, 16, 33, 1 << 21] {
      expectError(.invalidArgument) {
        _ = try PQFastScanCodec(dimension: 8, subspaces: 4, blockVectors: block)
      }
    }
    expectError(.invalidArgument) {
      _ = try PQFastScanCodec(ProductQuantizer(dimension: 8, subspaces: 4, bits: 8))
    }
    let codec = try PQFastScanCodec(dimension: 8, subspaces: 4)
    expectError(.notTrained) {
      _ = try codec.makeScanner(metric: .l2, options: ScanOptions(), kernels: KernelSet())
    }
    let trained = try Subject(seed: 51).codec
    expectError(.unsupported) {
      _ = try trained.makeScanner(metric: .l1, options: ScanOptions(), kernels: KernelSet())
    }
    expectError(.unsupported) {
      _ = try trained.makeScanner(
        metric: .l2, options: ScanOptions(queryBits: 4), kernels: KernelSet())
    }
    #expect(
      trained.layout
        == .interleaved(
          vectors: trained.blockVectors, pairs: trained.codeSize, extra: 0))
    #expect(trained.byteCount > 0)
  }
}
