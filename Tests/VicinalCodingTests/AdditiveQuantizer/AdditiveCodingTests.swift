import Synchronization
import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// One kind of additive quantizer.
struct AdditiveSubject: Sendable, CustomStringConvertible {
  var name: String
  var bits: [Int]
  var parts: Int?
  var method: AdditiveMethod
  var norm = AdditiveSearchType.decoding

  static let points = DataShape.clustered.make(700, dimension: 12, seed: 71)

  static let all: [AdditiveSubject] = [
    AdditiveSubject(name: "RQ", bits: [4, 4, 4], method: .residual(.init())),
    AdditiveSubject(name: "RQ mixed", bits: [6, 3, 1, 2], method: .residual(.init())),
    AdditiveSubject(name: "PRQ", bits: [4, 5], parts: 3, method: .residual(.init())),
    AdditiveSubject(name: "LSQ", bits: [4, 4, 4], method: .localSearch(fast)),
    AdditiveSubject(name: "PLSQ", bits: [3, 3], parts: 2, method: .localSearch(fast)),
  ]

  private static var fast: LocalSearchOptions {
    var options = LocalSearchOptions()
    options.trainingRounds = 6
    return options
  }

  var description: String { "\(name) \(bits) \(norm)" }

  func with(_ norm: AdditiveSearchType) -> AdditiveSubject {
    var copy = self
    copy.norm = norm
    return copy
  }

  func untrained(_ dimension: Int = 12) throws -> AdditiveQuantizer {
    try AdditiveQuantizer(
      dimension: dimension, bits: bits, parts: parts, method: method, norm: norm)
  }

  func trained(workers: Int? = nil, on points: Vectors = points) throws -> AdditiveQuantizer {
    var quantizer = try untrained(points.dimension)
    try quantizer.train(points, Execution(workers: workers))
    return quantizer
  }
}

extension AdditiveQuantizer {
  func codes(_ points: Vectors, _ workers: Int? = nil) throws(IndexError) -> [UInt8] {
    try encode(points.batch(), execution: Execution(workers: workers))
  }

  mutating func train(_ points: Vectors, _ execution: Execution) throws(IndexError) {
    try train(on: points.batch(), execution: execution)
  }

  func vectors(_ codes: [UInt8]) throws(IndexError) -> [Float] {
    try decode(codes.span.rawBytes)
  }
}

@Suite("Additive quantizers: training and coding")
struct AdditiveCodingTests {
  static let points = AdditiveSubject.points

  private func error(_ decoded: [Float], _ points: Vectors) -> Double {
    zip(points.values, decoded).reduce(0) {
      $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
    } / Double(points.count)
  }

  private func reconstructionError(_ quantizer: AdditiveQuantizer, _ points: Vectors) throws
    -> Double
  {
    let codes = try quantizer.codes(points)
    return error(try quantizer.vectors(codes), points)
  }

  @Test("codes decode to sums of codebook entries", arguments: AdditiveSubject.all)
  func decoding(subject: AdditiveSubject) throws {
    for norm in [AdditiveSearchType.decoding, .uniform4, .float] {
      let quantizer = try subject.with(norm).trained()
      let codes = try quantizer.codes(Self.points.rows(0..<50))
      #expect(codes.count == 50 * quantizer.codeSize)
      let bits = quantizer.bits.reduce(0, +)
      #expect(quantizer.codeSize == (bits + norm.normBits + 7) / 8)
      let decoded = try quantizer.vectors(codes)
      for row in 0..<50 {
        var bit = row * quantizer.codeSize * 8
        var sums = [Double](repeating: 0, count: 12)
        var column = 0
        for part in quantizer.parts {
          var first = 0
          for width in part.bits {
            var number = 0
            for place in 0..<width {
              number |= Int(codes[(bit + place) / 8] >> UInt8((bit + place) % 8) & 1) << place
            }
            bit += width
            for place in 0..<part.dimension {
              sums[column + place] += Double(
                part.codebooks[(first + number) * part.dimension + place])
            }
            first += 1 << width
          }
          column += part.dimension
        }
        for place in 0..<12 {
          #expect(abs(sums[place] - Double(decoded[row * 12 + place])) < 1e-5, "\(subject)")
        }
      }
    }
  }

  @Test("the same codebooks and codes for any number of threads", arguments: AdditiveSubject.all)
  func threads(subject: AdditiveSubject) throws {
    let one = try subject.with(.residual2x4).trained(workers: 1)
    let codes = try one.codes(Self.points, 1)
    for workers in [2, 5] {
      let many = try subject.with(.residual2x4).trained(workers: workers)
      #expect(many.parts.map(\.codebooks) == one.parts.map(\.codebooks), "\(subject)")
      #expect(many.norms == one.norms, "\(subject)")
      let found = try many.codes(Self.points, workers)
      #expect(found == codes, "\(subject), \(workers) workers")
    }
  }

  @Test("a vector gets the same code alone and in any batch", arguments: AdditiveSubject.all)
  func batches(subject: AdditiveSubject) throws {
    let quantizer = try subject.trained()
    let codes = try quantizer.codes(Self.points)
    for rows in [0..<1, 299..<300, 250..<523] {
      let part = try quantizer.codes(Self.points.rows(rows))
      let size = quantizer.codeSize
      #expect(part == Array(codes[rows.lowerBound * size..<rows.upperBound * size]), "\(subject)")
    }
  }

  @Test("more codebooks and wider beams leave less over")
  func errors() throws {
    var last = Double.infinity
    for count in 1...4 {
      let quantizer = try AdditiveSubject(
        name: "RQ", bits: [Int](repeating: 4, count: count), method: .residual(.init())
      ).trained()
      let found = try reconstructionError(quantizer, Self.points)
      #expect(found < 0.85 * last, "\(count) codebooks: \(found), fewer \(last)")
      last = found
    }
    // The same codebooks, followed by fewer choices.
    let wide = try AdditiveSubject(
      name: "RQ", bits: [4, 4, 4, 4], method: .residual(.init())
    ).trained()
    var options = ResidualOptions()
    options.beamSize = 1
    let part = try AdditivePart(
      dimension: 12, bits: wide.bits, method: .residual(options), norms: wide.norms,
      codebooks: wide.parts[0].codebooks)
    let greedy = try AdditiveQuantizer(
      dimension: 12, parts: [part], isProduct: false, norms: wide.norms, isTrained: true)
    #expect(last < 0.97 * (try reconstructionError(greedy, Self.points)))
    // Fitted together, codebooks are better still.
    var refined = ResidualOptions()
    refined.isRefined = true
    let fitted = try AdditiveSubject(
      name: "refined", bits: [4, 4, 4, 4], method: .residual(refined)
    ).trained()
    #expect(try reconstructionError(fitted, Self.points) < last)
  }

  @Test("a full beam finds the best of all sums")
  func exhaustive() throws {
    var options = ResidualOptions()
    options.beamSize = 8 * 4 * 8
    let subject = AdditiveSubject(name: "full", bits: [3, 2, 3], method: .residual(options))
    let quantizer = try subject.trained()
    let points = Self.points.rows(0..<60)
    let found = try reconstructionError(quantizer, points)
    let all = (0..<256).map { UInt8($0) }
    let table = try quantizer.vectors(all)
    var best = 0.0
    for row in 0..<points.count {
      best +=
        (0..<256).map { number in
          zip(points[row], table[number * 12..<(number + 1) * 12]).reduce(0.0) {
            $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
          }
        }.min() ?? 0
    }
    #expect(abs(found - best / 60) < 1e-4 * found, "\(found), best \(best / 60)")
  }

  @Test("local search ends near the best of all sums")
  func localSearch() throws {
    let quantizer = try AdditiveSubject.all[3].trained()
    let points = Self.points.rows(0..<40)
    let found = try reconstructionError(quantizer, points)
    var codes: [UInt8] = []
    for number in 0..<1 << 12 { codes += [UInt8(number & 255), UInt8(number >> 8)] }
    let table = try quantizer.vectors(codes)
    var best = 0.0
    for row in 0..<points.count {
      best +=
        (0..<1 << 12).map { number in
          zip(points[row], table[number * 12..<(number + 1) * 12]).reduce(0.0) {
            $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
          }
        }.min() ?? 0
    }
    #expect(found < 1.05 * best / 40, "\(found), best \(best / 40)")
  }

  @Test("large tables are not needed: steps by residuals choose the same")
  func stepwise() throws {
    // Two codebooks whose products would take 256 MiB.
    var generator = SplitMix64(seed: 72)
    let entries = (1 << 13) * 2
    let codebooks = (0..<entries * 3).map { _ in Float.random(in: -1...1, using: &generator) }
    let points = DataShape.uniform.make(20, dimension: 3, seed: 73)
    let part = try AdditivePart(
      dimension: 3, bits: [13, 13], method: .residual(.init()), norms: NormQuantizer(.decoding),
      codebooks: codebooks)
    let quantizer = try AdditiveQuantizer(
      dimension: 3, parts: [part], isProduct: false, norms: NormQuantizer(.decoding),
      isTrained: true)
    let codes = try quantizer.codes(points)
    let decoded = try quantizer.vectors(codes)
    for row in 0..<points.count {
      let point = points[row].map(Double.init)
      // A plain beam search in double precision.
      var beams: [[Double]] = [point]
      for book in 0..<2 {
        var next: [(Double, [Double])] = []
        for beam in beams {
          for entry in 0..<1 << 13 {
            let first = (book << 13 + entry) * 3
            let left = (0..<3).map { beam[$0] - Double(codebooks[first + $0]) }
            next.append((left.reduce(0) { $0 + $1 * $1 }, left))
          }
        }
        beams = next.sorted { $0.0 < $1.0 }.prefix(5).map(\.1)
      }
      let best = beams[0].reduce(0) { $0 + $1 * $1 }
      let found = (0..<3).reduce(0.0) {
        let left = point[$1] - Double(decoded[row * 3 + $1])
        return $0 + left * left
      }
      #expect(abs(found - best) < 1e-6, "row \(row): \(found), plain \(best)")
    }
  }

  @Test("training far from the origin loses nothing", arguments: AdditiveSubject.all)
  func shifted(subject: AdditiveSubject) throws {
    var far = Self.points
    for place in far.values.indices { far.values[place] += 1024 }
    let near = try reconstructionError(subject.trained(), Self.points)
    let there = try reconstructionError(subject.trained(on: far), far)
    #expect(there < 1.05 * near, "\(subject): \(there), near the origin \(near)")
  }

  @Test("what cannot be trained or used is refused")
  func refusals() throws {
    let subject = AdditiveSubject.all[0]
    let quantizer = try subject.untrained()
    expectError(.notTrained) {
      _ = try quantizer.codes(Self.points)
    }
    expectError(.notTrained) { _ = try quantizer.vectors([0, 0]) }
    expectError(.insufficientData) {
      var quantizer = quantizer
      try quantizer.train(Self.points.rows(0..<15), Execution())
    }
    for bits in [[], [0], [25], [4, -1]] {
      expectError(.invalidArgument) { _ = try AdditiveQuantizer(dimension: 4, bits: bits) }
    }
    expectError(.invalidArgument) { _ = try AdditiveQuantizer(dimension: 5, bits: [4], parts: 2) }
    expectError(.invalidArgument) {
      _ = try AdditiveQuantizer(dimension: 4, bits: [4, 5], method: .localSearch(.init()))
    }
    let trained = try subject.trained()
    expectError(.dimensionMismatch) { _ = try trained.vectors([1]) }
    expectError(.unsupported) {
      _ = try trained.makeScanner(metric: .l1, options: ScanOptions(), kernels: KernelSet())
    }
  }

  @Test("training and encoding can be cancelled")
  func cancellation() throws {
    for subject in AdditiveSubject.all {
      let calls = Atomic<Int>(0)
      var quantizer = try subject.untrained()
      let error = #expect(throws: IndexError.self) {
        try quantizer.train(
          Self.points,
          Execution(isCancelled: { calls.add(1, ordering: .relaxed).newValue > 6 }))
      }
      #expect(error?.code == .cancelled && !quantizer.isTrained, "\(subject)")
    }
  }
}
