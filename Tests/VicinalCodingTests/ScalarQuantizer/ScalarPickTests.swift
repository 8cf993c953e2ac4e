import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Codes of bytes picked by whole numbers")
struct ScalarPickTests {
  /// Selects with terms where the metric has them, and plainly.
  private static func select(
    _ scanner: any TermScanner, _ codes: RawSpan, terms: Span<Float>, count: Int, within: Float
  ) -> [Int32: Float] {
    var rows = [Int32](repeating: -1, count: count)
    var values = [Float](repeating: .nan, count: count)
    var rowSpan = rows.mutableSpan
    var valueSpan = values.mutableSpan
    let kept =
      terms.isEmpty
      ? scanner.select(codes, count: count, within: within, rows: &rowSpan, values: &valueSpan)
      : scanner.select(
        codes, terms: terms, count: count, within: within, rows: &rowSpan, values: &valueSpan)
    #expect(rows[..<kept].elementsEqual(rows[..<kept].sorted()))
    return Dictionary(uniqueKeysWithValues: zip(rows[..<kept], values[..<kept]))
  }

  @Test(
    "what passes is what comparing all codes lets through, with the same values",
    arguments: [ScalarQuantizer.Kind.bits8, .uniform8], [0, 1e4] as [Float])
  func same(kind: ScalarQuantizer.Kind, shift: Float) throws {
    let count = 301
    for dimension in [1, 7, 16, 31, 32, 33, 100, 128, 384, 1536] {
      let codec = try ScalarSubject.trained(kind, dimension: dimension)
      let data = ScalarSubject.data(kind, count, dimension: dimension, seed: 7)
      let codes = ScalarSubject.encode(codec, data)
      // The shift takes queries and centroid far from the origin: less is known of their products.
      func moved(_ vectors: Vectors) -> [Float] { vectors.values.map { $0 + shift } }
      let centroid = moved(DataShape.uniform.make(1, dimension: dimension, seed: 8))
      let queries = moved(ScalarSubject.data(kind, 3, dimension: dimension, seed: 9))
      for (metric, level) in [Metric.l2, .innerProduct].flatMap({ metric in
        KernelSet.available.map { (metric, $0) }
      }) {
        let kernels = try KernelSet(level)
        let made = try codec.makeScanner(
          metric: metric, options: ScanOptions(), kernels: kernels)
        let scanner = try #require(made as? any TermScanner)
        var terms: [Float] = []
        if let maker = try codec.makeTermMaker(metric: metric, kernels: kernels) {
          terms = [Float](repeating: 0, count: count)
          var span = terms.mutableSpan
          maker.fill(&span, for: codes.span.rawBytes, count: count, around: centroid.span)
        }
        #expect(terms.isEmpty == (metric == .innerProduct))
        for query in 0..<3 {
          scanner.begin(query: queries.span.extracting(query * dimension..<(query + 1) * dimension))
          scanner.enter(centroid: centroid.span, distance: .nan)
          var values = [Float](repeating: .nan, count: count)
          var target = values.mutableSpan
          scanner.scan(codes.span.rawBytes, count: count, into: &target)
          let ordered = values.sorted()
          for place in [0, 10, 150, 300] {
            let threshold = ordered[metric == .l2 ? place : count - 1 - place]
            let expected = values.indices.filter {
              metric == .l2 ? values[$0] <= threshold : values[$0] >= threshold
            }
            // Whole blocks of 16 and what is left of them; nothing readable lies behind.
            let found = Self.select(
              scanner, codes.span.rawBytes, terms: terms.span, count: count, within: threshold)
            let context =
              "\(kind) \(level) \(metric) \(dimension) + \(shift), place \(place) \(data)"
            #expect(found.keys.sorted() == expected.map(Int32.init), "\(context)")
            for (row, value) in found { #expect(value == values[Int(row)], "\(context)") }
          }
        }
      }
    }
  }

  @Test(
    "values too small for the precision of floats lose nothing",
    arguments: [1e-17, 1e-19, 1e-20, 1e-21] as [Float])
  func tiny(scale: Float) throws {
    let (count, dimension) = (200, 64)
    func scaled(_ count: Int, seed: UInt64) -> Vectors {
      var vectors = DataShape.uniform.make(count, dimension: dimension, seed: seed)
      vectors.values = vectors.values.map { $0 * scale }
      return vectors
    }
    let data = scaled(count, seed: 37)
    var codec = try ScalarQuantizer(dimension: dimension, kind: .bits8)
    try codec.train(on: data.batch(), execution: Execution(workers: 1))
    let codes = try codec.encode(data.batch(), execution: Execution(workers: 1))
    let centroid = scaled(1, seed: 38).values
    let query = scaled(1, seed: 39).values
    for (metric, level) in [Metric.l2, .innerProduct].flatMap({ metric in
      KernelSet.available.map { (metric, $0) }
    }) {
      let kernels = try KernelSet(level)
      let made = try codec.makeScanner(metric: metric, options: ScanOptions(), kernels: kernels)
      let scanner = try #require(made as? any TermScanner)
      var terms: [Float] = []
      if let maker = try codec.makeTermMaker(metric: metric, kernels: kernels) {
        terms = [Float](repeating: 0, count: count)
        var span = terms.mutableSpan
        maker.fill(&span, for: codes.span.rawBytes, count: count, around: centroid.span)
      }
      scanner.begin(query: query.span)
      scanner.enter(centroid: centroid.span, distance: .nan)
      var values = [Float](repeating: .nan, count: count)
      var target = values.mutableSpan
      scanner.scan(codes.span.rawBytes, count: count, into: &target)
      let threshold = values.sorted()[metric == .l2 ? 10 : count - 11]
      let expected = values.indices.filter {
        metric == .l2 ? values[$0] <= threshold : values[$0] >= threshold
      }
      let found = Self.select(
        scanner, codes.span.rawBytes, terms: terms.span, count: count, within: threshold)
      #expect(
        found.keys.sorted() == expected.map(Int32.init), "\(scale) \(level) \(metric) \(data)")
    }
  }

  @Test("terms are ‖v‖² + 2⟨c, v⟩ of what codes stand for")
  func terms() throws {
    for (kind, dimension) in [(ScalarQuantizer.Kind.bits8, 13), (.uniform8, 64)] {
      let codec = try ScalarSubject.trained(kind, dimension: dimension)
      let data = ScalarSubject.data(kind, 20, dimension: dimension, seed: 17)
      let codes = ScalarSubject.encode(codec, data)
      let centroid = DataShape.uniform.make(1, dimension: dimension, seed: 18).values
      for level in KernelSet.available {
        let made = try codec.makeTermMaker(metric: .l2, kernels: KernelSet(level))
        let maker = try #require(made)
        var terms = [Float](repeating: .nan, count: 20)
        var target = terms.mutableSpan
        maker.fill(&target, for: codes.span.rawBytes, count: 20, around: centroid.span)
        for row in 0..<20 {
          let vector = ScalarSubject.decode(codec, codes[row * dimension..<(row + 1) * dimension])
          let expected = zip(vector, centroid).reduce(0) { $0 + $1.0 * ($1.0 + 2 * Double($1.1)) }
          #expect(abs(Double(terms[row]) - expected) < 1e-5 * Double(dimension), "\(level) \(data)")
        }
      }
    }
    let none = try ScalarSubject.trained(.bits6, dimension: 8)
      .makeTermMaker(metric: .l2, kernels: KernelSet())
    #expect(none == nil)
  }

  @Test("ranges and queries without sense let everything through that comparing does")
  func senseless() throws {
    let codec = try ScalarSubject.trained(.bits8, dimension: 4)
    let data = ScalarSubject.data(.bits8, 40, dimension: 4, seed: 27)
    let codes = ScalarSubject.encode(codec, data)
    for query: [Float] in [
      [0, 0, 0, 0], [1e38, -1e38, 1e38, 1], [.nan, 0, 0, 0], [.infinity, 0, 0, 0],
      [.leastNormalMagnitude, 0, 0, .leastNonzeroMagnitude],
    ] {
      for level in KernelSet.available {
        let made = try codec.makeScanner(
          metric: .innerProduct, options: ScanOptions(), kernels: KernelSet(level))
        let scanner = try #require(made as? any TermScanner)
        scanner.begin(query: query.span)
        var values = [Float](repeating: .nan, count: 40)
        var target = values.mutableSpan
        scanner.scan(codes.span.rawBytes, count: 40, into: &target)
        for threshold in [values[3], values[20], 0] where !threshold.isNaN {
          let found = Self.select(
            scanner, codes.span.rawBytes, terms: Span(), count: 40, within: threshold)
          let expected = values.indices.filter { values[$0] >= threshold }
          #expect(found.keys.sorted() == expected.map(Int32.init), "\(query) \(level) \(data)")
        }
      }
    }
  }
}
