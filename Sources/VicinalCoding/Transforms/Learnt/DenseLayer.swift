import VicinalCompute
import VicinalCore

/// y = W·x + b for a batch of rows, learnt by gradient descent.
///
/// Products are done by BLAS in strips that depend on shapes alone, sums row by row: the same numbers
/// come out for any number of threads.
struct DenseLayer: Sendable {
  let inputs: Int
  let outputs: Int
  /// `outputs × inputs` numbers, row-major.
  private(set) var weights: [Float]
  private(set) var bias: [Float]
  let hasBias: Bool
  private var weightMoments: AdamMoments
  private var biasMoments: AdamMoments

  /// Weights drawn evenly, the more inputs and outputs there are the smaller: Glorot and Bengio,
  /// "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
  init(
    _ inputs: Int, to outputs: Int, hasBias: Bool = true, using generator: inout SplitMix64
  ) {
    (self.inputs, self.outputs, self.hasBias) = (inputs, outputs, hasBias)
    let limit = (6 / Float(inputs + outputs)).squareRoot()
    weights = (0..<inputs * outputs).map { _ in Float.random(in: -limit...limit, using: &generator)
    }
    bias = [Float](repeating: 0, count: outputs)
    weightMoments = AdamMoments(count: weights.count)
    biasMoments = AdamMoments(count: outputs)
  }

  /// What the layer makes of some rows.
  func apply(_ rows: [Float], count: Int, workers: Int) throws(IndexError) -> [Float] {
    var result = try matrixProduct(
      rows.span, weights.span, transposingB: true, rows: count, depth: inputs, columns: outputs,
      workers: workers)
    guard hasBias else { return result }
    for row in 0..<count {
      let start = row * outputs
      for column in 0..<outputs { result[start + column] += bias[column] }
    }
    return result
  }

  /// How the loss changes with the rows, given how it changes with what the layer made of them.
  func gradientOfRows(
    _ gradient: [Float], count: Int, workers: Int
  ) throws(IndexError) -> [Float] {
    try matrixProduct(
      gradient.span, weights.span, rows: count, depth: outputs, columns: inputs, workers: workers)
  }

  /// Takes a step against the gradient.
  ///
  /// - Parameters:
  ///   - rows: What the layer was applied to.
  ///   - gradient: How the loss changes with what it made of them.
  mutating func learn(
    from rows: [Float], _ gradient: [Float], count: Int, step: AdamStep, workers: Int
  ) throws(IndexError) {
    let change = try matrixProduct(
      gradient.span, rows.span, transposingA: true, rows: outputs, depth: count, columns: inputs,
      workers: workers)
    weightMoments.move(&weights, against: change, step)
    guard hasBias else { return }
    var sums = [Float](repeating: 0, count: outputs)
    for row in 0..<count {
      let start = row * outputs
      for column in 0..<outputs { sums[column] += gradient[start + column] }
    }
    biasMoments.move(&bias, against: sums, step)
  }
}

/// The size of a step of gradient descent.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
struct AdamStep: Sendable {
  let rate: Float
  let number: Int
  static let firstDecay: Float = 0.9
  static let secondDecay: Float = 0.999
  static let epsilon: Float = 1e-7
}

/// Running means of gradients and of their squares.
struct AdamMoments: Sendable {
  private var first: [Float]
  private var second: [Float]
  private var firstPower: Float = 1
  private var secondPower: Float = 1

  init(count: Int) {
    first = [Float](repeating: 0, count: count)
    second = first
  }

  mutating func move(_ values: inout [Float], against gradient: [Float], _ step: AdamStep) {
    let (a, b) = (AdamStep.firstDecay, AdamStep.secondDecay)
    firstPower *= a
    secondPower *= b
    let rate = step.rate * (1 - secondPower).squareRoot() / (1 - firstPower)
    let count = values.count
    precondition(gradient.count == count && first.count == count && second.count == count)
    for place in 0..<count {
      let slope = gradient[place]
      first[place] = a * first[place] + (1 - a) * slope
      second[place] = b * second[place] + (1 - b) * slope * slope
      values[place] -= rate * first[place] / (second[place].squareRoot() + AdamStep.epsilon)
    }
  }
}
