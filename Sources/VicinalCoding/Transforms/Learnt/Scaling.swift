import VicinalCore

/// Moves vectors to the mean 0 and a variance of 1, so that a network learns from them alike wherever they lie
/// and however long they are.
struct Scaling {
  private let mean: [Double]
  /// One for all columns: which of them vary most is what is to be learnt.
  private let scale: Double

  init(of rows: borrowing TrainingRows, dimension: Int) {
    var sums = [Double](repeating: 0, count: dimension)
    for number in 0..<rows.count {
      let row = rows.sample.row(Int(rows.rows[number]))
      for column in row.indices { sums[column] += Double(row[column]) }
    }
    let count = Double(max(1, rows.count))
    for column in sums.indices { sums[column] /= count }
    var squares = 0.0
    for number in 0..<rows.count {
      let row = rows.sample.row(Int(rows.rows[number]))
      for column in row.indices {
        let difference = Double(row[column]) - sums[column]
        squares += difference * difference
      }
    }
    mean = sums
    let deviation = (squares / count / Double(max(1, dimension))).squareRoot()
    // Vectors that are all the same stay at 0.
    scale = deviation > 0 && deviation.isFinite ? 1 / deviation : 1
  }

  func scaled(_ value: Float, _ column: Int) -> Float {
    Float((Double(value) - mean[column]) * scale)
  }

  /// The squared error of vectors as they are, from that of scaled ones.
  func undone(_ squaredError: Double) -> Double { squaredError / (scale * scale) }

  /// A layer for vectors as they are that does what one does for scaled ones; without a bias, up to an
  /// offset.
  func undone(_ weights: [Float], _ bias: [Float]?) -> ([Float], bias: [Float]?) {
    let wide = mean.count
    let own = weights.map { Float(Double($0) * scale) }
    guard let bias else { return (own, nil) }
    let moved = bias.indices.map { row in
      var sum = Double(bias[row])
      for column in 0..<wide { sum -= Double(weights[row * wide + column]) * scale * mean[column] }
      return Float(sum)
    }
    return (own, moved)
  }
}
