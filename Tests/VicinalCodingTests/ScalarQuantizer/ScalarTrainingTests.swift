import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

@Suite("Scalar quantizer training")
struct ScalarTrainingTests {
  private static func train(
    _ kind: ScalarQuantizer.Kind, _ statistic: RangeStatistic, _ argument: Float,
    _ sample: Vectors, workers: Int = 1
  ) throws -> [Float] {
    var codec = try ScalarQuantizer(
      dimension: sample.dimension, kind: kind, rangeStatistic: statistic, rangeArgument: argument)
    try codec.train(on: sample.batch(), execution: Execution(workers: workers))
    return codec.trained
  }

  @Test("ranges are those of faiss 1.15 for a small sample")
  func ranges() throws {
    // Columns 0, 1 … 9 and 0, −2 … −18.
    let sample = Vectors((0..<10).flatMap { [Float($0), -2 * Float($0)] }, dimension: 2)
    #expect(try Self.train(.bits8, .minMax, 0, sample) == [0, -18, 9, 18])
    #expect(try Self.train(.bits4, .minMax, 0.5, sample) == [-4.5, -27, 18, 36])
    #expect(try Self.train(.uniform8, .minMax, 0, sample) == [-18, 27])
    #expect(try Self.train(.bits8, .quantiles, 0.2, sample) == [2, -14, 5, 10])
    #expect(try Self.train(.uniform8, .quantiles, 0.1, sample) == [-14, 21])
    #expect(try Self.train(.bits8, .quantiles, 0.9, sample) == [5, -8, -1, -2])
    let deviation = try Self.train(.bits8, .meanDeviation, 2, sample)
    let expected: [Float] = [-1.2445626, -20.489126, 11.489126, 22.978251]
    for index in 0..<4 { #expect(abs(deviation[index] - expected[index]) < 1e-5) }
  }

  @Test("the optimal range has a smaller error than the whole range")
  func optimal() throws {
    let sample = DataShape.outlier.make(2000, dimension: 3, seed: 106)
    var errors: [Double] = []
    for statistic in [RangeStatistic.minMax, .optimal] {
      var codec = try ScalarQuantizer(dimension: 3, kind: .bits4, rangeStatistic: statistic)
      let part = sample.rows(0..<900)
      try codec.train(on: part.batch(), execution: Execution(workers: 1))
      // Steps lie at whole numbers while fitting and in the middle of cells when decoding.
      let trained = codec.trained
      errors.append(
        part.values.enumerated().reduce(0) { sum, entry in
          let (low, width) = (trained[entry.offset % 3], trained[3 + entry.offset % 3])
          let step = min(max(((entry.element - low) / width * 15).rounded(), 0), 15)
          let rest = Double(entry.element - (low + step / 15 * width))
          return sum + rest * rest
        })
    }
    #expect(errors[1] < 0.95 * errors[0])
  }

  @Test("constant columns have no width and code to 0", arguments: RangeStatistic.allCases)
  func constant(statistic: RangeStatistic) throws {
    let sample = DataShape.constant.make(50, dimension: 4, seed: 107)
    var codec = try ScalarQuantizer(
      dimension: 4, kind: .bits8, rangeStatistic: statistic, rangeArgument: 0)
    try codec.train(on: sample.batch(), execution: Execution())
    #expect(codec.trained[4...].allSatisfy { $0 == 0 })
    let codes = try codec.encode(sample.batch(), execution: Execution())
    #expect(codes.allSatisfy { $0 == 0 })
    let decoded = try codec.decode(codes.span.rawBytes)
    for index in decoded.indices { #expect(abs(decoded[index] - sample.values[index]) < 1e-6) }
  }

  @Test("the result does not depend on the threads", arguments: RangeStatistic.allCases)
  func threads(statistic: RangeStatistic) throws {
    let sample = DataShape.clustered.make(9000, dimension: 5, seed: 108)
    for kind in [ScalarQuantizer.Kind.bits6, .uniform8] {
      let one = try Self.train(kind, statistic, 0.1, sample)
      #expect(try Self.train(kind, statistic, 0.1, sample, workers: 4) == one)
    }
  }

  @Test("levels are the optimal ones of a normal variable")
  func levels() throws {
    let sample = DataShape.uniform.make(1, dimension: 4, seed: 109)
    // Max 1960, table I.
    let four: [Float] = [-1.5104, -0.4528, 0.4528, 1.5104, -0.9816, 0, 0.9816]
    let found = try Self.train(.normalLevels2, .minMax, 0, sample)
    #expect(found.count == 7)
    for index in 0..<7 { #expect(abs(found[index] - four[index]) < 1e-4) }
    let unit = try Self.train(.unitLevels2, .minMax, 0, sample)
    for index in 0..<7 { #expect(abs(unit[index] - four[index] / 2) < 1e-4) }
    for kind in [ScalarQuantizer.Kind.normalLevels5, .normalLevels8] {
      let trained = try Self.train(kind, .minMax, 0, sample)
      let count = 1 << kind.bits
      #expect(trained.count == 2 * count - 1)
      for index in 1..<count {
        #expect(trained[index - 1] < trained[count + index - 1])
        #expect(trained[count + index - 1] < trained[index])
      }
    }
  }

  @Test("samples that cannot be used are errors and leave the quantizer untrained")
  func refusals() throws {
    var codec = try ScalarQuantizer(dimension: 2, kind: .bits8)
    let none = Vectors([], dimension: 2)
    expectError(.insufficientData) { try codec.train(on: none.batch(), execution: Execution()) }
    let broken = Vectors([1, .nan], dimension: 2)
    expectError(.notFinite) { try codec.train(on: broken.batch(), execution: Execution()) }
    let wide = Vectors([1, 2, 3], dimension: 3)
    expectError(.dimensionMismatch) { try codec.train(on: wide.batch(), execution: Execution()) }
    let fine = Vectors([1, 2], dimension: 2)
    expectError(.cancelled) {
      try codec.train(on: fine.batch(), execution: Execution(isCancelled: { true }))
    }
    #expect(!codec.isTrained && codec.trained.isEmpty)
  }

  @Test("files: fields that contradict each other are refused by name")
  func fields() throws {
    func make(
      _ type: Int32, statistic: Int32 = 0, dimension: Int = 4, codeSize: Int, _ trained: [Float]
    ) throws -> ScalarQuantizer {
      try ScalarQuantizer(
        type: type, rangeStatistic: statistic, rangeArgument: 0, dimension: dimension,
        codeSize: codeSize, trained: trained)
    }
    let eight = [Float](repeating: 1, count: 8)
    #expect(try make(0, codeSize: 4, eight).isTrained)
    #expect(try !make(0, codeSize: 4, []).isTrained)
    #expect(try make(4, codeSize: 8, []).isTrained)
    expectError(.corruptFile, naming: ["8 trained", "7"]) {
      _ = try make(0, codeSize: 4, Array(eight[1...]))
    }
    expectError(.corruptFile, naming: ["code_size 5"]) { _ = try make(0, codeSize: 5, eight) }
    expectError(.corruptFile, naming: ["rangestat"]) {
      _ = try make(0, statistic: 4, codeSize: 4, eight)
    }
    expectError(.corruptFile, naming: ["0…26", "27"]) { _ = try make(27, codeSize: 4, []) }
    expectError(.corruptFile, naming: ["0…26", "-1"]) { _ = try make(-1, codeSize: 4, []) }
    expectError(.corruptFile) { _ = try make(4, dimension: 0, codeSize: 0, []) }
    expectError(.corruptFile) { _ = try make(4, dimension: .max, codeSize: 0, []) }
    expectError(.unsupported, naming: ["SQtq3"]) { _ = try make(16, codeSize: 11, []) }
  }

  @Test("factory names are those that faiss's index_factory takes")
  func names() {
    let names = ScalarQuantizer.Kind.allCases.compactMap(\.factoryName)
    #expect(
      names == [
        "SQ8", "SQ4", "SQfp16", "SQ8_direct", "SQ6", "SQbf16", "SQ8_direct_signed", "SQ0",
        "SQtqmse1", "SQtqmse2", "SQtqmse3", "SQtqmse4", "SQtqmse8",
      ])
    for name in names {
      #expect(ScalarQuantizer.Kind(factoryName: name)?.factoryName == name)
    }
    #expect(ScalarQuantizer.Kind(factoryName: "SQ5") == nil)
  }
}
