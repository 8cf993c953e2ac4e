import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Additive quantizers: comparing")
struct AdditiveScanTests {
  private static let queries = DataShape.clustered.make(3, dimension: 12, seed: 74)

  /// What a scan should give: from decoded vectors, with the norms that codes hold.
  private func expected(
    _ quantizer: AdditiveQuantizer, _ query: ArraySlice<Float>, _ decoded: ArraySlice<Float>,
    _ norm: Double, _ metric: Metric
  ) -> Double {
    let product = zip(query, decoded).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let length = query.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard metric == .l2 else { return product }
    return quantizer.norm == .withoutNorm ? length - product : length - 2 * product + norm
  }

  /// The norm of a code, read bit by bit.
  private func storedNorm(
    _ quantizer: AdditiveQuantizer, _ code: ArraySlice<UInt8>, _ decoded: ArraySlice<Float>
  ) -> Double {
    let first = quantizer.bits.reduce(0, +)
    var number: UInt32 = 0
    for place in 0..<quantizer.norm.normBits {
      let byte = code[code.startIndex + (first + place) / 8]
      number |= UInt32(byte >> UInt8((first + place) % 8) & 1) << UInt32(place)
    }
    let norms = quantizer.norms
    switch quantizer.norm {
    case .decoding, .withoutNorm, .computedNorm:
      return decoded.reduce(0.0) { $0 + Double($1) * Double($1) }
    case .float: return Double(Float(bitPattern: number))
    case .uniform4, .uniform8:
      let count = Double(1 << quantizer.norm.normBits)
      return (Double(number) + 0.5) / count * Double(norms.largest - norms.least)
        + Double(norms.least)
    default: return Double(norms.levels[Int(number)])
    }
  }

  @Test("values are those of decoded vectors and stored norms", arguments: AdditiveSubject.all)
  func values(subject: AdditiveSubject) throws {
    let points = AdditiveSubject.points.rows(0..<270)
    for norm in AdditiveSearchType.allCases {
      let quantizer = try subject.with(norm).trained()
      let codes = try quantizer.codes(points)
      let decoded = try quantizer.vectors(codes)
      for (metric, level) in [Metric.l2, .innerProduct].flatMap({ metric in
        KernelSet.available.map { (metric, $0) }
      }) {
        let kernels = try KernelSet(level)
        let scanner = try quantizer.makeScanner(
          metric: metric, options: ScanOptions(), kernels: kernels)
        for query in 0..<Self.queries.count {
          let vector = Array(Self.queries[query])
          scanner.begin(query: vector.span)
          var values = [Float](repeating: .nan, count: points.count)
          var span = values.mutableSpan
          scanner.scan(codes.span.rawBytes, count: points.count, into: &span)
          let rows = [Int32](stride(from: 269, through: 0, by: -7))
          var picked = [Float](repeating: .nan, count: rows.count)
          var pickedSpan = picked.mutableSpan
          scanner.scan(codes.span.rawBytes, rows: rows.span, into: &pickedSpan)
          for row in 0..<points.count {
            let vectorRow = decoded[row * 12..<(row + 1) * 12]
            let size = quantizer.codeSize
            let norm = storedNorm(quantizer, codes[row * size..<(row + 1) * size], vectorRow)
            let wanted = expected(quantizer, Self.queries[query], vectorRow, norm, metric)
            let slack = 1e-5 * (abs(wanted) + norm + 1)
            guard abs(Double(values[row]) - wanted) < slack else {
              Issue.record(
                "\(quantizer.norm), \(subject), \(metric), \(level): \(values[row]), \(wanted)")
              return
            }
          }
          #expect(picked == rows.map { values[Int($0)] }, "\(subject), \(metric), \(level)")
        }
      }
    }
  }

  @Test("codes of residuals are compared beside their centroid")
  func residuals() throws {
    let points = AdditiveSubject.points.rows(0..<100)
    let centroid = (0..<12).map { Float($0) / 8 - 0.5 }
    for norm in [AdditiveSearchType.decoding, .float, .uniform8] {
      let quantizer = try AdditiveSubject.all[0].with(norm).trained()
      let codes = try quantizer.codes(points)
      let decoded = try quantizer.vectors(codes)
      let kernels = try KernelSet()
      for metric in [Metric.l2, .innerProduct] {
        let scanner = try quantizer.makeScanner(
          metric: metric, options: ScanOptions(), kernels: kernels)
        let query = Array(Self.queries[0])
        for distance in [Float.nan, kernels.distance(query.span, centroid.span, metric: metric)] {
          scanner.begin(query: query.span)
          scanner.enter(cell: 3, centroid: centroid.span, distance: distance)
          var values = [Float](repeating: .nan, count: points.count)
          var span = values.mutableSpan
          scanner.scan(codes.span.rawBytes, count: points.count, into: &span)
          for row in 0..<points.count {
            let left = decoded[row * 12..<(row + 1) * 12]
            let length = storedNorm(
              quantizer, codes[row * quantizer.codeSize..<(row + 1) * quantizer.codeSize], left)
            let offset = metric == .l2 ? zip(query, centroid).map { $0 - $1 } : query
            let base = zip(query, centroid).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let wanted =
              expected(quantizer, offset[...], left, length, metric)
              + (metric == .l2 ? 0 : base)
            #expect(
              abs(Double(values[row]) - wanted) < 1e-5 * (abs(wanted) + length + 1),
              "\(norm), \(metric), row \(row)")
          }
        }
      }
    }
  }

  @Test("norms are kept well", arguments: AdditiveSearchType.allCases.filter { $0.normBits > 0 })
  func norms(type: AdditiveSearchType) throws {
    let points = AdditiveSubject.points
    let quantizer = try AdditiveSubject.all[0].with(type).trained()
    let codes = try quantizer.codes(points)
    let decoded = try quantizer.vectors(codes)
    var (wrong, total) = (0.0, 0.0)
    let mean = decoded.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(points.count)
    for row in 0..<points.count {
      let vector = decoded[row * 12..<(row + 1) * 12]
      let norm = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
      let size = quantizer.codeSize
      let kept = storedNorm(quantizer, codes[row * size..<(row + 1) * size], vector)
      wrong += (kept - norm) * (kept - norm)
      total += (norm - mean) * (norm - mean)
    }
    // An even quantizer of b bits over a range leaves about (range / 2^b)² / 12.
    let most = type == .float ? 1e-10 : type.normBits == 4 ? 0.03 : 0.002
    #expect(wrong < most * total, "\(type): \(wrong / total)")
  }
}
