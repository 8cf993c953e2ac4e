import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Scalar quantizer scans")
struct ScalarScanTests {
  static let counts = [0, 1, 3, 4, 5, 33]

  /// What rounding may cost: relative to the sizes of what is added up.
  static func slack(
    _ metric: Metric, _ query: ArraySlice<Float>, _ vector: [Double], _ largest: Double
  ) -> Double {
    zip(query, vector).reduce(1e-30) { sum, pair in
      let (q, x) = (abs(Double(pair.0)), abs(pair.1) + largest)
      return sum + 3e-7 * (metric == .l2 ? (q + x) * (q + x) : q * x)
    }
  }

  /// The metric's value in double; only L2 and inner product.
  static func value(_ metric: Metric, _ query: ArraySlice<Float>, _ vector: [Double]) -> Double {
    zip(query, vector).reduce(0) { sum, pair in
      let difference = Double(pair.0) - pair.1
      return sum + (metric == .l2 ? difference * difference : Double(pair.0) * pair.1)
    }
  }

  private static func scan(
    _ scanner: any CodeScanner, _ codes: RawSpan, _ count: Int
  ) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    var output = values.mutableSpan
    scanner.scan(codes, count: count, into: &output)
    return values
  }

  @Test(
    "values are those of decoding and comparing, plain and around a centroid, for every size",
    arguments: ScalarSubject.kinds)
  func values(kind: ScalarQuantizer.Kind) throws {
    for dimension in [1, 2, 5, 16, 31, 32, 33, 48, 64, 97, 128] {
      let codec = try ScalarSubject.trained(kind, dimension: dimension)
      let data = ScalarSubject.data(kind, 33, dimension: dimension, seed: 96)
      let query = ScalarSubject.data(kind, 1, dimension: dimension, seed: 97)[0]
      let centroid = DataShape.uniform.make(1, dimension: dimension, seed: 98)
      let codes = ScalarSubject.encode(codec, data)
      let size = codec.codeSize
      let decoded = (0..<33).map { row in
        ScalarSubject.decode(codec, codes[row * size..<(row + 1) * size])
      }
      let moved = decoded.map { zip($0, centroid.values).map { $0 + Double($1) } }
      let largest =
        codec.trained.count <= 2 * dimension
        ? codec.trained.reduce(0.0) { max($0, abs(Double($1))) } : 0
      // One byte behind the codes of an odd address, and nothing readable behind them.
      let bytes = [0xff] + codes
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        for metric in [Metric.l2, .innerProduct] {
          let scanner = try codec.makeScanner(
            metric: metric, options: ScanOptions(), kernels: kernels)
          let queryValues = Array(query)
          for (vectors, isMoved) in [(decoded, false), (moved, true)] {
            scanner.begin(query: queryValues.span)
            if isMoved {
              scanner.enter(cell: 3, centroid: centroid.values.span, distance: .nan)
            }
            for count in Self.counts {
              let span = bytes.span.rawBytes.extracting(1..<1 + count * size)
              let found = Self.scan(scanner, span, count)
              for row in 0..<count {
                let truth = Self.value(metric, query, vectors[row])
                let slack = Self.slack(
                  metric, query, vectors[row], largest + (isMoved ? 1 : 0))
                let isClose = abs(Double(found[row]) - truth) <= slack
                if !isClose {
                  Issue.record(
                    """
                    \(kind) \(level) \(metric) d \(dimension) centroid \(isMoved) row \(row) of \
                    \(count): \(found[row]), truly \(truth); seeds 91, 96, 97, 98
                    """)
                  return
                }
              }
            }
          }
        }
      }
    }
  }

  @Test("chosen rows and batches give what consecutive rows give", arguments: ScalarSubject.kinds)
  func shapes(kind: ScalarQuantizer.Kind) throws {
    var generator = SplitMix64(seed: 99)
    for dimension in [3, 32, 50, 300] {
      let codec = try ScalarSubject.trained(kind, dimension: dimension)
      let data = ScalarSubject.data(kind, 70, dimension: dimension, seed: 100)
      let queries = ScalarSubject.data(kind, 7, dimension: dimension, seed: 101)
      let centroid = DataShape.uniform.make(1, dimension: dimension, seed: 98)
      let codes = ScalarSubject.encode(codec, data)
      let rows = (0..<23).map { _ in Int32(generator.integer(below: 70)) } + [69]
      let members: [Int32] = [6, 0, 3, 3, 5]
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        for (metric, isMoved) in [(Metric.l2, false), (.l2, true), (.innerProduct, true)] {
          let scanner = try codec.makeScanner(
            metric: metric, options: ScanOptions(), kernels: kernels)
          let batch = try #require(scanner as? any BatchCodeScanner)
          func values() -> [Float] {
            if isMoved { scanner.enter(cell: 0, centroid: centroid.values.span, distance: .nan) }
            return Self.scan(scanner, codes.span.rawBytes, 70)
          }
          let all = members.map { member in
            let query = Array(queries[Int(member)])
            scanner.begin(query: query.span)
            let values = values()
            var chosen = [Float](repeating: .nan, count: rows.count)
            var output = chosen.mutableSpan
            scanner.scan(codes.span.rawBytes, rows: rows.span, into: &output)
            #expect(chosen == rows.map { values[Int($0)] }, "\(kind) \(level) \(metric) \(data)")
            return values
          }
          batch.begin(queries: queries.values.span, count: 7)
          for (member, expected) in zip(members, all) {
            batch.choose(query: Int(member))
            #expect(values() == expected, "\(kind) \(level) \(metric) batch \(data)")
          }
        }
      }
    }
  }

  @Test("a known distance to the centroid is used as it is")
  func knownDistance() throws {
    let codec = try ScalarSubject.trained(.bits8, dimension: 8)
    let data = ScalarSubject.data(.bits8, 5, dimension: 8, seed: 102)
    let codes = ScalarSubject.encode(codec, data)
    let scanner = try codec.makeScanner(
      metric: .innerProduct, options: ScanOptions(), kernels: KernelSet())
    scanner.begin(query: Array(data[0]).span)
    let plain = Self.scan(scanner, codes.span.rawBytes, 5)
    scanner.enter(cell: 0, centroid: data.values.span.extracting(0..<8), distance: 100)
    let added = Self.scan(scanner, codes.span.rawBytes, 5)
    for index in 0..<5 { #expect(abs(added[index] - plain[index] - 100) < 1e-4) }
  }

  @Test("other metrics decode and compare", arguments: [Metric.l1, .linf, .lp(3), .brayCurtis])
  func otherMetrics(metric: Metric) throws {
    for kind in [ScalarQuantizer.Kind.bits8, .bits4, .float16, .bits6] {
      let codec = try ScalarSubject.trained(kind, dimension: 21)
      let data = ScalarSubject.data(kind, 37, dimension: 21, seed: 103)
      let query = Array(ScalarSubject.data(kind, 1, dimension: 21, seed: 104)[0])
      let codes = ScalarSubject.encode(codec, data)
      let kernels = try KernelSet()
      let scanner = try codec.makeScanner(
        metric: metric, options: ScanOptions(), kernels: kernels)
      let centroid = DataShape.uniform.make(1, dimension: 21, seed: 98)
      for isMoved in [false, true] {
        scanner.begin(query: query.span)
        if isMoved { scanner.enter(cell: 0, centroid: centroid.values.span, distance: 0) }
        var decoded = try codec.decode(codes.span.rawBytes)
        if isMoved {
          for index in decoded.indices { decoded[index] += centroid.values[index % 21] }
        }
        let expected = (0..<37).map { row in
          kernels.distance(
            query.span, decoded.span.extracting(row * 21..<(row + 1) * 21), metric: metric)
        }
        #expect(Self.scan(scanner, codes.span.rawBytes, 37) == expected, "\(kind) \(metric)")
        let rows: [Int32] = [36, 0, 7]
        var chosen = [Float](repeating: .nan, count: 3)
        var output = chosen.mutableSpan
        scanner.scan(codes.span.rawBytes, rows: rows.span, into: &output)
        #expect(chosen == rows.map { expected[Int($0)] }, "\(kind) \(metric)")
      }
    }
  }

  @Test("codes without bits have the value of their centroid")
  func noBits() throws {
    let codec = try ScalarQuantizer(dimension: 3, kind: .bits0)
    let scanner = try codec.makeScanner(
      metric: .l2, options: ScanOptions(), kernels: KernelSet())
    let query: [Float] = [1, 2, 2]
    let centroid: [Float] = [1, 2, 5]
    let none: [UInt8] = []
    scanner.begin(query: query.span)
    #expect(Self.scan(scanner, none.span.rawBytes, 2) == [9, 9])
    scanner.enter(cell: 1, centroid: centroid.span, distance: .nan)
    #expect(Self.scan(scanner, none.span.rawBytes, 2) == [9, 9])
    scanner.enter(cell: 1, centroid: centroid.span, distance: 7)
    #expect(Self.scan(scanner, none.span.rawBytes, 3) == [7, 7, 7])
  }

  @Test("two codes are compared as the vectors they stand for")
  func symmetric() throws {
    let codec = try ScalarSubject.trained(.bits8, dimension: 9)
    let data = ScalarSubject.data(.bits8, 2, dimension: 9, seed: 105)
    let codes = ScalarSubject.encode(codec, data)
    let decoded = try codec.decode(codes.span.rawBytes)
    let kernels = try KernelSet()
    let found = try codec.distance(
      codes.span.rawBytes.extracting(0..<9), codes.span.rawBytes.extracting(9..<18), metric: .l2,
      kernels: kernels)
    let expected = kernels.distance(
      decoded.span.extracting(0..<9), decoded.span.extracting(9..<18), metric: .l2)
    #expect(found == expected)
  }
}
