import VicinalCoding
import VicinalCore

/// `LIN`: have_bias, the matrix, the bias.
struct LinearFields: Sendable {
  let hasBias: Bool
  let matrix: ArrayPlace
  let bias: ArrayPlace

  init(reading cursor: inout ByteCursor) throws(IndexError) {
    hasBias = try cursor.bool("have_bias")
    matrix = try cursor.array(of: 4, "the matrix")
    bias = try cursor.array(of: 4, "the bias")
  }

  /// The sizes can be checked only when the dimensions behind them are known.
  func check(
    _ from: Int, _ to: Int, isTrained: Bool, _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    guard matrix.count == from * to || !isTrained && matrix.count == 0 else {
      throw cursor.corrupt(
        "the matrix of a transform from dimension \(from) to \(to) should have \(from * to)"
          + " numbers, but has \(matrix.count)", at: place)
    }
    guard bias.count == to || bias.count == 0 && !(hasBias && isTrained) else {
      throw cursor.corrupt(
        "the bias of a transform to dimension \(to) has \(bias.count) numbers", at: place)
    }
  }

  /// Loads the numbers.
  func transform(
    _ record: TransformRecord, from source: inout ByteSource
  ) throws(IndexError) -> LinearTransform {
    try LinearTransform(
      inputDimension: record.inputDimension, outputDimension: record.outputDimension,
      hasBias: hasBias, matrix: source.floats(matrix), bias: source.floats(bias),
      isTrained: record.isTrained)
  }
}

/// The fields of a PCA, in the present layout and the two older ones.
struct PCAFields: Sendable {
  let options: PCA.Options
  let mean: ArrayPlace
  let eigenvalues: ArrayPlace
  let components: ArrayPlace
  let linear: LinearFields

  init(reading cursor: inout ByteCursor, code: RecordCode) throws(IndexError) {
    var options = PCA.Options()
    options.eigenPower = try cursor.float("eigen_power")
    if code == "Pcam" { options.epsilon = try cursor.float("epsilon") }
    options.isRotated = try cursor.bool("random_rotation")
    if code != "PCAm" {
      options.balancedBins = Int(try cursor.integer(Int32.self, "balanced_bins"))
    }
    self.options = options
    mean = try cursor.array(of: 4, "the mean")
    eigenvalues = try cursor.array(of: 4, "the eigenvalues")
    components = try cursor.array(of: 4, "the components")
    linear = try LinearFields(reading: &cursor)
  }
}
