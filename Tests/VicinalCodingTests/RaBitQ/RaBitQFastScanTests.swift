import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("RaBitQ fast scan")
struct RaBitQFastScanTests {
  private static let cases: [(bits: Int, dimension: Int, block: Int)] = [
    (1, 1, 32), (1, 7, 64), (1, 128, 32), (1, 1100, 32), (2, 9, 32), (3, 33, 96), (4, 96, 32),
    (9, 20, 64),
  ]

  /// Plain and interleaved codes of the same vectors.
  private struct Subject {
    let codec: RaBitQFastScanCodec
    let plain: [UInt8]
    var block: CodeBlock
    let queries: Vectors
    let origin: [Float]

    init(_ bits: Int, _ dimension: Int, _ vectors: Int, _ metric: Metric, count: Int) throws {
      var codec = try RaBitQFastScanCodec(
        dimension: dimension, metric: metric, bits: bits, blockVectors: vectors)
      let rows = DataShape.clustered.make(count, dimension: dimension, seed: 1)
      try codec.train(on: rows.batch(), execution: Execution())
      let origin = DataShape.uniform.make(1, dimension: dimension, seed: 3).values
      let origins = (0..<count).flatMap { _ in origin }
      let plain = try codec.encode(
        rows.batch(), around: VectorBatch(origins.span, dimension: dimension),
        execution: Execution())
      var block = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
      block.append(plain.span.rawBytes, count: count)
      (self.codec, self.plain, self.block, self.origin) = (codec, plain, block, origin)
      queries = DataShape.clustered.make(3, dimension: dimension, seed: 2)
    }

    func scanner(_ level: KernelLevel, query: Int) throws -> any SelectingScanner {
      let metric = codec.quantizer.metric
      let kernels = try KernelSet(level)
      let scanner = selecting(
        try codec.makeScanner(metric: metric, options: ScanOptions(), kernels: kernels),
        metric: metric, kernels: kernels)
      scanner.begin(query: try queries.batch().row(query))
      scanner.enter(cell: 0, centroid: origin.span, distance: .nan)
      return scanner
    }

    func values(_ scanner: any CodeScanner, count: Int) -> [Float] {
      var values = [Float](repeating: .nan, count: count)
      var output = values.mutableSpan
      scanner.scan(block.bytes.bytes, count: count, into: &output)
      return values
    }
  }

  /// What a code says of a query, in double precision, straight from the definition; and how large
  /// the numbers are that cancel on the way.
  private func expected(_ subject: Subject, query: Int, row: Int) -> (value: Double, size: Double) {
    let codec = subject.codec.quantizer
    let (d, extra) = (codec.dimension, codec.bits - 1)
    let code = subject.plain[row * codec.codeSize..<(row + 1) * codec.codeSize].map(\.self)
    func bit(_ place: Int) -> Int { Int(code[place / 8] >> UInt8(place % 8) & 1) }
    func float(_ place: Int) -> Double {
      Double(
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(code[place + $1]) << UInt32(8 * $1) }))
    }
    let q = subject.queries[query].map(Double.init)
    let origin = subject.origin.map(Double.init)
    let relative = zip(q, origin).map { $0 - $1 }
    let distance = relative.reduce(0) { $0 + $1 * $1 }
    let norm = q.reduce(0) { $0 + $1 * $1 }
    let product = zip(q, origin).reduce(0) { $0 + $1.0 * $1.1 }
    let signs = (d + 7) / 8
    let sum = (0..<d).reduce(0.0) { $0 + (bit($1) == 1 ? relative[$1] : -relative[$1]) }
    let isL2 = codec.metric == .l2
    let inner = float(signs) + distance - 2 * float(signs + 4) / Double(d).squareRoot() * sum
    let size =
      abs(float(signs)) + distance + norm
      + 2 * abs(float(signs + 4)) * distance.squareRoot() + abs(product)
    let rough = isL2 ? inner : -0.5 * (inner - norm)
    guard extra > 0 else { return (isL2 ? max(0, rough) : rough, size) }
    let width = float(signs + 8) * distance.squareRoot()
    let start = (signs + 12) * 8
    let whole = (0..<d).reduce(0.0) { total, j in
      let low = (0..<extra).reduce(0) { $0 | bit(start + j * extra + $1) << $1 }
      let level = Double(bit(j) << extra + low) - (Double(1 << extra) - 0.5)
      return total + level * relative[j]
    }
    let end = signs + 12 + (d * extra + 7) / 8
    let fine = (isL2 ? distance : product) + float(end) + float(end + 4) * whole
    return isL2
      ? (max(0, max(fine, rough - width)), size + width) : (min(fine, rough + width), size + width)
  }

  @Test("values follow from the codes", arguments: cases)
  func values(bits: Int, dimension: Int, block: Int) throws {
    for metric in [Metric.l2, .innerProduct] {
      let subject = try Subject(bits, dimension, block, metric, count: 75)
      for level in KernelSet.available {
        for query in 0..<3 {
          let scanner = try subject.scanner(level, query: query)
          let found = subject.values(scanner, count: 75)
          let rows: [Int32] = [74, 0, 31, 32, 74]
          var chosen = [Float](repeating: .nan, count: rows.count)
          var output = chosen.mutableSpan
          scanner.scan(subject.block.bytes.bytes, rows: rows.span, into: &output)
          #expect(chosen == rows.map { found[Int($0)] })
          for row in 0..<75 {
            let (value, size) = expected(subject, query: query, row: row)
            #expect(
              abs(Double(found[row]) - value) <= 1e-5 * size,
              "\(level), \(metric), \(bits) bits, d \(dimension), row \(row)")
          }
        }
      }
    }
  }

  @Test("selecting loses nothing, whatever the threshold", arguments: cases)
  func selection(bits: Int, dimension: Int, block: Int) throws {
    for metric in [Metric.l2, .innerProduct] {
      let count = 700
      var subject = try Subject(bits, dimension, block, metric, count: count)
      damage(&subject)
      for level in KernelSet.available {
        for query in 0..<3 {
          let scanner = try subject.scanner(level, query: query)
          let all = subject.values(scanner, count: count)
          let ordered = all.filter { $0.isFinite }.sorted { metric.isBetter($0, than: $1) }
          let worst: Float = metric.isSimilarity ? -.infinity : .infinity
          let thresholds = [0, 3, 40, 300, ordered.count - 1].map { ordered[$0] } + [worst, 0, -1]
          for threshold in thresholds {
            for part in [1, 31, 33, count] {
              let wanted = (0..<part).filter {
                metric.isSimilarity ? all[$0] >= threshold : all[$0] <= threshold
              }
              let found = selected(subject, scanner, part, threshold)
              #expect(found.map(\.row) == wanted, "\(level), \(metric), \(threshold), \(part)")
              #expect(found.map(\.value) == wanted.map { all[$0] })
            }
          }
        }
      }
    }
  }

  private func selected(
    _ subject: Subject, _ scanner: any SelectingScanner, _ count: Int, _ threshold: Float
  ) -> [(row: Int, value: Float)] {
    var rows = [Int32](repeating: -1, count: count)
    var values = [Float](repeating: .nan, count: count)
    var rowSpan = rows.mutableSpan
    var valueSpan = values.mutableSpan
    let found = scanner.select(
      subject.block.bytes.bytes, count: count, within: threshold, rows: &rowSpan,
      values: &valueSpan)
    return (0..<found).map { (Int(rows[$0]), values[$0]) }
  }

  /// Gives some codes factors that no encoder writes.
  private func damage(_ subject: inout Subject) {
    let size = subject.codec.codeSize
    let signs = subject.codec.signBytes
    var codes = subject.plain
    var generator = SplitMix64(seed: 9)
    let odd: [Float] = [.nan, .infinity, -.infinity, -3, 1e30, 0]
    for row in stride(from: 5, to: codes.count / size, by: 11) {
      let place = row * size + signs + 4 * Int.random(in: 0..<2, using: &generator)
      let bits = odd[row % odd.count].bitPattern
      for byte in 0..<4 { codes[place + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte)) }
    }
    var block = CodeBlock(codeSize: size, layout: subject.codec.layout)
    block.append(codes.span.rawBytes, count: codes.count / size)
    subject.block = block
  }

  @Test("what does not fit is refused")
  func refusals() throws {
    expectError(.invalidArgument) { _ = try RaBitQFastScanCodec(dimension: 8, blockVectors: 48) }
    expectError(.invalidArgument) { _ = try RaBitQFastScanCodec(dimension: 8, bits: 10) }
    expectError(.unsupported) { _ = try RaBitQFastScanCodec(dimension: 8, metric: .l1) }
    let codec = try RaBitQFastScanCodec(dimension: 8)
    expectError(.notTrained) {
      _ = try codec.makeScanner(metric: .l2, options: ScanOptions(), kernels: KernelSet())
    }
  }
}
