import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("RaBitQ")
struct RaBitQTests {
  private static let dimensions = [1, 7, 8, 9, 16, 31, 64, 65, 100, 129, 200]

  @Test("values follow from the codes, around the centre and around origins", arguments: 1...9)
  func values(bits: Int) throws {
    for metric in [Metric.l2, .innerProduct] {
      for dimension in Self.dimensions {
        let rows = DataShape.uniform.make(12, dimension: dimension, seed: 1)
        let queries = DataShape.uniform.make(3, dimension: dimension, seed: 2)
        let origins = DataShape.uniform.make(12, dimension: dimension, seed: 3)
        var codec = try RaBitQuantizer(dimension: dimension, metric: metric, bits: bits)
        try codec.train(on: rows.batch(), execution: Execution())
        let codes = try codec.encode(rows.batch(), execution: Execution())
        let around = try codec.encode(
          rows.batch(), around: origins.batch(), execution: Execution())
        for level in KernelSet.available {
          for queryBits in bits == 1 ? [0, 1, 4, 8] : [0, 4] {
            let scanner = try codec.makeScanner(
              metric: metric, options: ScanOptions(queryBits: queryBits), kernels: KernelSet(level))
            let check = Check(
              codec: codec, scanner: scanner, queryBits: bits == 1 ? queryBits : 0,
              context: "\(level), \(metric), \(bits) bits, d \(dimension), qb \(queryBits)")
            try check.consecutive(codes, queries)
            try check.origins(around, queries, origins)
            try check.chosen(codes, queries)
          }
        }
      }
    }
  }

  @Test("more bits estimate better, and without bias", arguments: [Metric.l2, .innerProduct])
  func accuracy(metric: Metric) throws {
    let rows = DataShape.clustered.make(300, dimension: 96, seed: 4)
    let queries = DataShape.clustered.make(20, dimension: 96, seed: 5)
    var errors: [Double] = []
    for bits in 1...9 {
      var codec = try RaBitQuantizer(dimension: 96, metric: metric, bits: bits)
      try codec.train(on: rows.batch(), execution: Execution())
      let codes = try codec.encode(rows.batch(), execution: Execution())
      let scanner = try codec.makeScanner(
        metric: metric, options: ScanOptions(), kernels: KernelSet())
      var (error, bias, size) = (0.0, 0.0, 0.0)
      for query in 0..<20 {
        var values = [Float](repeating: 0, count: 300)
        var output = values.mutableSpan
        scanner.begin(query: try queries.batch().row(query))
        scanner.scan(codes.span.rawBytes, count: 300, into: &output)
        for row in 0..<300 {
          let truth = metric.value(queries[query], rows[row])
          error += abs(Double(values[row]) - truth)
          bias += Double(values[row]) - truth
          size += abs(truth)
        }
      }
      errors.append(error / size)
      #expect(abs(bias) < 0.4 * error || error / size < 1e-4, "\(bits) bits: \(bias) of \(error)")
    }
    for bits in 1..<7 {
      #expect(errors[bits] < 0.75 * errors[bits - 1], "\(metric): \(errors)")
    }
    #expect(errors[8] < 0.01)
  }

  @Test("codes are the same for any threads and instruction sets", arguments: [1, 2, 5, 9])
  func determinism(bits: Int) throws {
    let rows = DataShape.clustered.make(700, dimension: 77, seed: 6)
    var codec = try RaBitQuantizer(dimension: 77, bits: bits)
    try codec.train(on: rows.batch(), execution: Execution())
    let codes = try codec.encode(rows.batch(), execution: Execution(workers: 1, kernels: .portable))
    for level in KernelSet.available {
      for workers in [1, 4] {
        let other = try codec.encode(
          rows.batch(), execution: Execution(workers: workers, kernels: level))
        #expect(other == codes, "\(level), \(workers) workers")
      }
    }
  }

  @Test("a vector at its origin, spikes and other odd ones have finite codes", arguments: 1...9)
  func oddVectors(bits: Int) throws {
    for shape in DataShape.allCases {
      let rows = shape.make(9, dimension: 33, seed: 7)
      var codec = try RaBitQuantizer(dimension: 33, bits: bits)
      try codec.train(on: rows.batch(), execution: Execution())
      let own = try codec.encode(rows.batch(), around: rows.batch(), execution: Execution())
      #expect(try codec.decode(own.span.rawBytes, around: rows.batch()) == rows.values)
      let codes = try codec.encode(rows.batch(), execution: Execution())
      #expect(try codec.decode(codes.span.rawBytes).allSatisfy(\.isFinite), "\(shape)")
      let scanner = try codec.makeScanner(
        metric: .l2, options: ScanOptions(), kernels: KernelSet())
      var values = [Float](repeating: .nan, count: 9)
      var output = values.mutableSpan
      scanner.begin(query: try rows.batch().row(3))
      scanner.scan(codes.span.rawBytes, count: 9, into: &output)
      #expect(values.allSatisfy { $0 >= 0 && $0.isFinite }, "\(shape), \(bits) bits: \(values)")
    }
  }

  @Test("what does not fit is refused")
  func refusals() throws {
    expectError(.invalidArgument) { _ = try RaBitQuantizer(dimension: 8, bits: 10) }
    expectError(.invalidArgument) { _ = try RaBitQuantizer(dimension: 0) }
    expectError(.unsupported) { _ = try RaBitQuantizer(dimension: 8, metric: .l1) }
    expectError(.corruptFile) {
      _ = try RaBitQuantizer(
        dimension: 8, metric: .l2, bits: 1, center: [1], isTrained: true)
    }
    expectError(.corruptFile) {
      _ = try RaBitQuantizer(
        dimension: 8, metric: .l2, bits: 2, center: [], isTrained: true, codeSize: 21)
    }
    var codec = try RaBitQuantizer(dimension: 8, bits: 2)
    let rows = DataShape.uniform.make(4, dimension: 8, seed: 8)
    expectError(.notTrained) { _ = try codec.encode(rows.batch(), execution: Execution()) }
    try codec.train(on: rows.batch(), execution: Execution())
    let wide = DataShape.uniform.make(4, dimension: 9, seed: 8)
    expectError(.dimensionMismatch) { _ = try codec.encode(wide.batch(), execution: Execution()) }
    expectError(.unsupported) {
      _ = try codec.makeScanner(
        metric: .innerProduct, options: ScanOptions(), kernels: KernelSet())
    }
    expectError(.unsupported) {
      _ = try codec.makeScanner(
        metric: .l2, options: ScanOptions(hammingThreshold: 3), kernels: KernelSet())
    }
    expectError(.invalidArgument) {
      _ = try codec.makeScanner(
        metric: .l2, options: ScanOptions(queryBits: 9), kernels: KernelSet())
    }
    let bytes = [UInt8](repeating: 0, count: codec.codeSize + 1)
    expectError(.dimensionMismatch) { _ = try codec.decode(bytes.span.rawBytes) }
  }
}

/// Compares a scanner's values with the oracle's.
private struct Check {
  let codec: RaBitQuantizer
  let scanner: any CodeScanner
  let queryBits: Int
  let context: String

  private func expect(
    _ value: Float, _ query: ArraySlice<Float>, _ code: ArraySlice<UInt8>,
    _ origin: ArraySlice<Float>
  ) {
    let wanted = RaBitQOracle.value(
      query, Array(code), origin: origin, bits: codec.bits, metric: codec.metric,
      queryBits: queryBits)
    // Terms of this size cancel.
    let size = Double(codec.dimension) * 4
    if !(abs(Double(value) - wanted) <= 3e-6 * size + 1e-5) {
      Issue.record("\(context): \(value), expected \(wanted)")
    }
  }

  private func code(_ codes: [UInt8], _ row: Int) -> ArraySlice<UInt8> {
    codes[row * codec.codeSize..<(row + 1) * codec.codeSize]
  }

  func consecutive(_ codes: [UInt8], _ queries: Vectors) throws {
    for query in 0..<queries.count {
      var values = [Float](repeating: .nan, count: 12)
      var output = values.mutableSpan
      scanner.begin(query: try queries.batch().row(query))
      scanner.scan(codes.span.rawBytes, count: 12, into: &output)
      for row in 0..<12 {
        expect(values[row], queries[query], code(codes, row), codec.center[...])
      }
    }
  }

  func chosen(_ codes: [UInt8], _ queries: Vectors) throws {
    let rows: [Int32] = [11, 0, 3, 3, 7]
    var values = [Float](repeating: .nan, count: 5)
    var output = values.mutableSpan
    scanner.begin(query: try queries.batch().row(1))
    scanner.scan(codes.span.rawBytes, rows: rows.span, into: &output)
    for (place, row) in rows.enumerated() {
      expect(values[place], queries[1], code(codes, Int(row)), codec.center[...])
    }
  }

  func origins(_ codes: [UInt8], _ queries: Vectors, _ origins: Vectors) throws {
    scanner.begin(query: try queries.batch().row(0))
    for row in 0..<12 {
      var values: [Float] = [.nan]
      var output = values.mutableSpan
      scanner.enter(cell: row, centroid: try origins.batch().row(row), distance: .nan)
      scanner.scan(Array(code(codes, row)).span.rawBytes, count: 1, into: &output)
      expect(values[0], queries[0], code(codes, row), origins[row])
    }
  }
}
