import VicinalCompute
public import VicinalCore

/// Rounds every coordinate of a vector by itself: to a step of its range, to half precision, to a
/// byte, or to one of a few levels.
///
/// ```swift
/// var codec = try ScalarQuantizer(dimension: 128, kind: .bits8)
/// try codec.train(on: sample, execution: Execution())
/// let codes = try codec.encode(vectors, execution: Execution())  // 128 bytes per vector
/// ```
///
/// faiss: `ScalarQuantizer`.
public struct ScalarQuantizer: VectorCodec {
  /// How a coordinate is kept. faiss: `qtype`.
  public let kind: Kind

  /// Floats per vector. faiss: `d`.
  public let dimension: Int

  /// How training finds ranges. faiss: `rangestat`.
  public let rangeStatistic: RangeStatistic

  /// What the statistic takes: see ``RangeStatistic``. faiss: `rangestat_arg`.
  public let rangeArgument: Float

  /// What training found, in faiss's order; empty before, and for kinds that need none.
  ///
  /// With a range per coordinate the smallest values, then the widths; with one range its
  /// smallest value and its width; with levels these, then the boundaries between them.
  /// faiss: `trained`.
  public private(set) var trained: [Float] = []

  /// What kernels read; `nil` while untrained and for codes without bits.
  private(set) var tables: ScalarTables?

  /// A quantizer that may have to be trained.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - kind: How a coordinate is kept.
  ///   - rangeStatistic: How training finds ranges.
  ///   - rangeArgument: What the statistic takes.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    dimension: Int, kind: Kind, rangeStatistic: RangeStatistic = .minMax,
    rangeArgument: Float = 0
  ) throws(IndexError) {
    guard dimension > 0 else {
      throw IndexError(.invalidArgument, "a dimension must be at least 1, got \(dimension)")
    }
    guard rangeArgument.isFinite else {
      throw IndexError(
        .invalidArgument, "the argument of a range statistic must be finite, got \(rangeArgument)")
    }
    _ = try checkedProduct(dimension, 64, of: "a code")
    self.kind = kind
    self.dimension = dimension
    self.rangeStatistic = rangeStatistic
    self.rangeArgument = rangeArgument
    if kind.form == .fixed { makeTables() }
  }

  /// The quantizer that a file describes (section 4.2 of the format document).
  ///
  /// - Parameters:
  ///   - type: faiss's `qtype`.
  ///   - rangeStatistic: faiss's `rangestat`.
  ///   - rangeArgument: faiss's `rangestat_arg`.
  ///   - dimension: faiss's `d`.
  ///   - codeSize: faiss's `code_size`.
  ///   - trained: faiss's `trained`; empty while untrained.
  /// - Throws: ``IndexError/Code/corruptFile`` if the fields contradict each other,
  ///   ``IndexError/Code/unsupported`` for types 15…18.
  package init(
    type: Int32, rangeStatistic: Int32, rangeArgument: Float, dimension: Int, codeSize: Int,
    trained: [Float]
  ) throws(IndexError) {
    func corrupt(_ message: String) -> IndexError { IndexError(.corruptFile, message) }
    let kind: Kind
    do throws(IndexError) {
      kind = try Kind(faissCode: type)
    } catch {
      throw error.code == .unsupported ? error : corrupt(error.message)
    }
    guard let statistic = RangeStatistic(rawValue: rangeStatistic) else {
      throw corrupt("a scalar quantizer's rangestat must be 0…3, found \(rangeStatistic)")
    }
    guard dimension > 0, dimension <= 1 << 40 else {
      throw corrupt("a scalar quantizer's dimension must be at least 1, found \(dimension)")
    }
    let expected = kind.codeSize(dimension: dimension)
    guard codeSize == expected else {
      throw corrupt(
        "a scalar quantizer of type \(type) and dimension \(dimension) has codes of \(expected)"
          + " bytes, found code_size \(codeSize)")
    }
    let count = kind.trainedCount(dimension: dimension)
    guard trained.count == count || trained.isEmpty else {
      throw corrupt(
        "a scalar quantizer of type \(type) and dimension \(dimension) has \(count) trained values,"
          + " found \(trained.count)")
    }
    self.kind = kind
    self.dimension = dimension
    self.rangeStatistic = statistic
    self.rangeArgument = rangeArgument
    self.trained = trained
    if trained.count == count { makeTables() }
  }

  /// Bytes per code. faiss: `code_size`.
  public var codeSize: Int { kind.codeSize(dimension: dimension) }

  /// Whether vectors can be encoded.
  public var isTrained: Bool { tables != nil || kind == .bits0 }

  /// Bytes of memory of the tables.
  public var byteCount: Int { trained.count * 4 + (tables?.byteCount ?? 0) }

  /// Takes over what training found.
  mutating func setTrained(_ values: [Float]) {
    trained = values
    makeTables()
  }

  private mutating func makeTables() {
    switch kind.form {
    case .ranges:
      tables = ScalarTables(
        bits: kind.bits, low: Array(trained[..<dimension]), range: Array(trained[dimension...]))
    case .range:
      tables = ScalarTables(
        bits: kind.bits, low: Array(repeating: trained[0], count: dimension),
        range: Array(repeating: trained[1], count: dimension))
    case .levels:
      let levels = 1 << kind.bits
      tables = ScalarTables(
        dimension: dimension, levels: Array(trained[..<levels]), bounds: Array(trained[levels...]))
    case .fixed:
      switch kind {
      case .float16: tables = ScalarTables(.float16, dimension: dimension)
      case .bfloat16: tables = ScalarTables(.bfloat16, dimension: dimension)
      case .direct: tables = ScalarTables(.direct, dimension: dimension)
      case .directSigned: tables = ScalarTables(.directSigned, dimension: dimension)
      default: tables = nil
      }
    }
  }

  /// The tables of a trained quantizer that has codes.
  func requireTables() throws(IndexError) -> ScalarTables {
    guard let tables else {
      throw IndexError(
        .notTrained, "the scalar quantizer must be trained first, with train(on:)")
    }
    return tables
  }
}
