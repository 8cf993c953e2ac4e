import VicinalCoding
import VicinalCore

/// The codec of an LSH index in a file (`IxHe`, section 6.1 of the format document): bits,
/// rotate_data, train_thresholds, thresholds, code size, the rotation.
struct LSHRecord: Sendable {
  let bits: Int
  private let dimension: Int
  private let isRotated: Bool
  private let areThresholdsTrained: Bool
  private let thresholds: ArrayPlace
  private let rotation: TransformRecord

  /// Reads the fields.
  ///
  /// - Parameter countsWords: Whether the size of a code is in 64-bit words, as in `IxHE`.
  init(
    reading cursor: inout ByteCursor, header: IndexHeader, countsWords: Bool
  ) throws(IndexError) {
    let start = cursor.offset
    guard header.metric == .l2 else {
      throw cursor.failure(
        .unsupported,
        "LSH codes are compared by their bits, whatever the metric; they are read with L2 only, not"
          + " \(header.metric)", at: start)
    }
    dimension = header.dimension
    bits = Int(try cursor.integer(Int32.self, "the bits of a code"))
    isRotated = try cursor.bool("rotate_data")
    areThresholdsTrained = try cursor.bool("train_thresholds")
    guard bits >= 1, isRotated || bits <= dimension else {
      throw cursor.corrupt(
        "\(bits) bits of \(dimension) coordinates are impossible\(isRotated ? "" : " unrotated")",
        at: start)
    }
    thresholds = try cursor.array(of: 4, "the thresholds")
    let place = cursor.offset
    let size = Int(try cursor.integer(Int32.self, "the size of a code"))
    guard size == (countsWords ? (bits + 63) / 64 : (bits + 7) / 8) else {
      throw cursor.corrupt("codes of \(bits) bits cannot have size \(size)", at: place)
    }
    guard !countsWords || bits.isMultiple(of: 64) else {
      throw cursor.corrupt("codes of whole words cannot have \(bits) bits", at: start)
    }
    rotation = try TransformRecord(reading: &cursor, allowed: ["rrot"])
    try check(header, cursor)
  }

  private func check(
    _ header: IndexHeader, _ cursor: borrowing ByteCursor
  ) throws(IndexError) {
    guard thresholds.count == bits || thresholds.count == 0 else {
      throw cursor.corrupt(
        "\(bits) bits have as many thresholds or none, found \(thresholds.count)",
        at: thresholds.range.lowerBound)
    }
    guard thresholds.count == 0 || areThresholdsTrained,
      header.isTrained == (!areThresholdsTrained || thresholds.count > 0)
    else {
      throw cursor.corrupt(
        "is_trained, train_thresholds and \(thresholds.count) thresholds contradict each other",
        at: thresholds.range.lowerBound)
    }
    let place = rotation.range.lowerBound
    guard rotation.inputDimension == dimension, rotation.outputDimension == bits else {
      throw cursor.corrupt(
        "the rotation leads from dimension \(rotation.inputDimension) to"
          + " \(rotation.outputDimension), not from \(dimension) to \(bits)", at: place)
    }
    guard let linear, !isRotated || rotation.isTrained, !linear.hasBias else {
      throw cursor.corrupt("the rotation has no numbers, or a bias", at: place)
    }
  }

  private var linear: LinearFields? {
    if case .linear(let fields) = rotation.body { fields } else { nil }
  }

  /// Bytes of a code.
  var codeSize: Int { (bits + 7) / 8 }

  /// For people.
  func description(_ range: Range<Int>) -> RecordDescription {
    var description = RecordDescription("LSH", className: "LSH, \(bits) bits", range: range)
    description.children = [rotation.description]
    return description
  }

  /// The codec.
  func codec(from source: inout ByteSource) throws(IndexError) -> LSHCodec {
    var matrix: [Float] = []
    if isRotated, let linear { matrix = try source.floats(linear.matrix) }
    return try LSHCodec(
      dimension: dimension, bits: bits, isRotated: isRotated,
      areThresholdsTrained: areThresholdsTrained, thresholds: source.floats(thresholds),
      codeSize: codeSize, matrix: matrix)
  }

  /// Writes the fields. A rotation that is not used is one that is not trained.
  static func write(_ codec: LSHCodec, to sink: inout ByteSink) throws(IndexError) {
    guard let bits = Int32(exactly: codec.bits), codec.bits <= IndexHeader.largestDimension else {
      throw IndexError(.unsupported, "codes of \(codec.bits) bits cannot be stored")
    }
    try sink.integer(bits)
    try sink.bool(codec.isRotated)
    try sink.bool(codec.areThresholdsTrained)
    try sink.array(codec.thresholds)
    try sink.integer(Int32(codec.codeSize))
    try sink.code("rrot")
    try sink.bool(false)
    try sink.array(codec.matrix)
    try sink.array([Float]())
    try sink.integer(Int32(codec.dimension))
    try sink.integer(bits)
    try sink.bool(codec.isRotated)
  }
}
