public import VicinalCore

/// Takes coordinates of a vector in another order, leaves some out, or puts zeros between them.
///
/// The corresponding faiss type is `RemapDimensionsTransform` (factory string `Pad128`).
public struct RemapDimensions: VectorTransform, Equatable {
  /// Floats per vector before.
  public let inputDimension: Int

  /// For each output the input that it takes; a negative number stands for zero. faiss: `map`.
  public let map: [Int32]

  /// faiss's `is_trained`, as a file says; there is nothing to learn.
  package var isMarkedTrained = true

  /// Takes given coordinates.
  ///
  /// - Parameter map: One input, or a negative number, per output.
  /// - Throws: ``IndexError/Code/invalidArgument`` for numbers that are no input.
  public init(inputDimension: Int, map: [Int32]) throws(IndexError) {
    try requireDimensions(inputDimension, map.count)
    if let wrong = map.first(where: { Int($0) >= inputDimension }) {
      throw IndexError(
        .invalidArgument,
        "coordinate \(wrong) cannot be taken from vectors of dimension \(inputDimension)")
    }
    self.inputDimension = inputDimension
    self.map = map
  }

  /// Keeps the first coordinates and fills up with zeros; or spreads coordinates evenly: between
  /// zeros if there are more outputs, leaving out some if there are fewer.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for dimensions outside 1…2²⁰.
  public init(
    inputDimension: Int, outputDimension: Int, isSpread: Bool = false
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    var map = [Int32](repeating: -1, count: outputDimension)
    for place in 0..<min(inputDimension, outputDimension) {
      if !isSpread {
        map[place] = Int32(place)
      } else if inputDimension < outputDimension {
        map[place * outputDimension / inputDimension] = Int32(place)
      } else {
        map[place] = Int32(place * inputDimension / outputDimension)
      }
    }
    try self.init(inputDimension: inputDimension, map: map)
  }

  /// Floats per vector afterwards.
  public var outputDimension: Int { map.count }

  /// There is nothing to learn.
  public var isTrained: Bool { true }

  /// What was left out becomes zero.
  public var isReversible: Bool { true }

  /// Bytes of memory held.
  public var byteCount: Int { map.count * 4 }

  /// There is nothing to learn.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {}

  /// The chosen coordinates of every vector.
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    var output: [Float] = []
    output.reserveCapacity(try checkedProduct(vectors.count, map.count, of: "the vectors"))
    for number in 0..<vectors.count {
      let row = vectors.row(number)
      for source in map { output.append(source < 0 ? 0 : row[Int(source)]) }
    }
    return output
  }

  /// Every coordinate back in its place, zeros where nothing came from.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    var output = [Float](
      repeating: 0, count: try checkedProduct(vectors.count, inputDimension, of: "the vectors"))
    for number in 0..<vectors.count {
      let row = vectors.row(number)
      for (place, source) in map.enumerated() where source >= 0 {
        output[number * inputDimension + Int(source)] = row[place]
      }
    }
    return output
  }
}
