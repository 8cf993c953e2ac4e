import Foundation
import VicinalCompute
import VicinalCore

/// The network around a learnt projection.
struct ProjectionNetwork: Sendable {
  /// The projection itself.
  private(set) var encoder: DenseLayer
  /// From the projection to what is learnt: one layer, or two with a hidden one between.
  private var decoder: [DenseLayer]
  /// Whether units of the narrowest layer are cut off below 0 before the decoder.
  private let isRectified: Bool

  /// - Parameter widths: Of the layers behind the projection.
  init(
    from input: Int, to output: Int, widths: [Int], isRectified: Bool,
    using generator: inout SplitMix64
  ) {
    self.isRectified = isRectified
    encoder = DenseLayer(input, to: output, hasBias: isRectified, using: &generator)
    decoder = []
    var last = output
    for width in widths {
      decoder.append(DenseLayer(last, to: width, using: &generator))
      last = width
    }
  }

  /// One step of gradient descent.
  ///
  /// - Parameter loss: Turns what the network says into how the loss changes with it, and gives the
  ///   loss.
  /// - Returns: The loss.
  mutating func learn(
    _ rows: [Float], count: Int, step: AdamStep, workers: Int,
    loss: (inout [Float]) -> Double
  ) throws(IndexError) -> Double {
    // What goes into each layer.
    var inputs = [rows]
    var output = try encoder.apply(rows, count: count, workers: workers)
    if isRectified { Self.rectify(&output) }
    for (number, layer) in decoder.enumerated() {
      inputs.append(output)
      output = try layer.apply(output, count: count, workers: workers)
      if number + 1 < decoder.count { Self.rectify(&output) }
    }
    let value = loss(&output)
    var gradient = output
    for number in decoder.indices.reversed() {
      let input = inputs[number + 1]
      var next = try decoder[number].gradientOfRows(gradient, count: count, workers: workers)
      if number > 0 || isRectified { Self.cut(&next, where: input) }
      try decoder[number].learn(from: input, gradient, count: count, step: step, workers: workers)
      gradient = next
    }
    try encoder.learn(from: rows, gradient, count: count, step: step, workers: workers)
    return value
  }

  private static func rectify(_ values: inout [Float]) {
    for place in values.indices { values[place] = max(0, values[place]) }
  }

  /// Units that were cut off have no part in the loss.
  private static func cut(_ gradient: inout [Float], where output: [Float]) {
    for place in gradient.indices where !(output[place] > 0) { gradient[place] = 0 }
  }
}

/// The mean squared error of reconstructed rows.
///
/// - Parameter output: What the network says; becomes the gradient.
package func squaredError(_ output: inout [Float], of rows: [Float], count: Int) -> Double {
  var sum = 0.0
  let scale = 2 / Float(count)
  for place in output.indices {
    let error = output[place] - rows[place]
    sum += Double(error * error)
    output[place] = scale * error
  }
  return sum / Double(count)
}

/// The mean cross entropy of cells, with smoothed labels.
///
/// - Parameter output: What the network says, `cells` numbers per row; becomes the gradient.
package func crossEntropy(
  _ output: inout [Float], labels: ArraySlice<Int32>, cells: Int, smoothing: Float
) -> Double {
  var sum = 0.0
  let scale = 1 / Float(labels.count)
  let rest = smoothing / Float(cells)
  for (row, label) in labels.enumerated() {
    let range = row * cells..<(row + 1) * cells
    var most = -Float.infinity
    for place in range { most = max(most, output[place]) }
    var (total, plain): (Float, Float) = (0, 0)
    let own = output[range.lowerBound + Int(label)] - most
    for place in range {
      plain += output[place] - most
      output[place] = exp(output[place] - most)
      total += output[place]
    }
    let logarithm = log(total)
    sum -= Double((1 - smoothing) * (own - logarithm))
    sum -= Double(rest * (plain - Float(cells) * logarithm))
    for place in range { output[place] = scale * (output[place] / total - rest) }
    output[range.lowerBound + Int(label)] -= scale * (1 - smoothing)
  }
  return sum / Double(labels.count)
}
