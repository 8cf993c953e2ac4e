internal import Foundation
import VicinalCompute
public import VicinalCore

/// Renumbers the centroids of each part of a product quantizer so that the number of bits in which
/// two numbers differ follows the distance of their centroids: codes can then also be compared as
/// bit strings (Douze, Jégou, Perronnin, "Polysemous codes", ECCV 2016). What codes decode to does
/// not change.
///
/// Distances are mapped so that their mean and spread are those of Hamming distances; the weighted
/// squared error between the two is lowered by simulated annealing, which exchanges numbers. Near
/// centroids weigh more.
///
/// faiss: `PolysemousTraining` with `OT_ReproduceDistances_affine`.
public struct PolysemousTraining: Sendable, Equatable, Codable {
  /// Exchanges that are tried. faiss: `n_iter`.
  public var iterations = 500_000

  /// Runs from the start, of which the best is kept, at least 1. faiss: `n_redo`.
  public var redos = 2

  /// Probability of keeping an exchange that makes things worse, at first. faiss:
  /// `init_temperature`.
  public var initialTemperature: Float = 0.7

  /// Factor on that probability after each exchange: 0.9 in 500. faiss: `temperature_decay`.
  public var temperatureDecay: Float = 0.999_789_3

  /// A pair weighs exp(−factor · mapped distance); ln 2 halves the weight with each bit. faiss:
  /// `dis_weight_factor`.
  public var weightFactor: Float = 0.693_147_2

  /// Everything random follows from it. faiss: `seed`.
  public var seed: UInt64 = 123

  /// faiss's defaults.
  public init() {}
}

/// How well Hamming distances of numbers follow the distances of their centroids, before and
/// after ``ProductQuantizer/trainPolysemous(_:execution:)``.
public struct PolysemousCost: Sendable, Equatable {
  /// Weighted squared error, summed over all parts, before.
  public var before: Double
  /// The same, after; never larger.
  public var after: Double
}

extension ProductQuantizer {
  /// The most bits per part for which polysemous training is offered; its tables take
  /// 8 · 4^bits bytes per part.
  private static let largestPolysemousBits = 11

  /// Renumbers the centroids; see ``PolysemousTraining``. Codes made before are no longer valid.
  ///
  /// - Parameter execution: Progress has the step "polysemous", one unit per part. The result does
  ///   not depend on the number of threads, nor on the instruction set.
  /// - Returns: The cost before and after.
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/invalidArgument``,
  ///   ``IndexError/Code/unsupported`` for more than 11 bits, ``IndexError/Code/cancelled``.
  /// - Complexity: O(subspaces · redos · iterations · 2^bits).
  @discardableResult
  public mutating func trainPolysemous(
    _ options: PolysemousTraining = PolysemousTraining(), execution: Execution
  ) throws(IndexError) -> PolysemousCost {
    try requireTrained()
    guard bits <= Self.largestPolysemousBits else {
      throw IndexError(
        .unsupported,
        "polysemous training takes at most \(Self.largestPolysemousBits) bits per part, not \(bits)"
      )
    }
    guard options.iterations >= 0, options.redos >= 1 else {
      throw IndexError(
        .invalidArgument,
        "polysemous training needs 0 or more iterations and 1 or more redos, got"
          + " \(options.iterations) and \(options.redos)")
    }
    let kernels = try KernelSet(execution.kernels)
    let quantizer = self
    let report = ProgressCount(step: "polysemous", total: subspaces, execution: execution)
    let results = try parallelMap(subspaces, workers: execution.workerCount) {
      subspace throws(IndexError) in
      let annealing = NumberAnnealing(quantizer, subspace: subspace, options, kernels: kernels)
      let result = try annealing.run(execution: execution)
      report.finish()
      return result
    }
    var renumbered = centroids
    for (subspace, result) in results.enumerated() {
      for (number, wanted) in result.numbers.enumerated() {
        let target = (subspace * centroidCount + Int(wanted)) * subdimension
        renumbered.replaceSubrange(
          target..<target + subdimension, with: centroid(number, of: subspace))
      }
    }
    try setCentroids(renumbered)
    return PolysemousCost(
      before: results.reduce(0) { $0 + $1.before }, after: results.reduce(0) { $0 + $1.after })
  }
}

/// Simulated annealing of the numbers of one part's centroids.
private struct NumberAnnealing: Sendable {
  private let count: Int
  private let options: PolysemousTraining
  private let seed: UInt64
  private let kernels: KernelSet
  /// Mapped distances of all pairs.
  private var targets: [Float]
  private var weights: [Float]

  init(
    _ quantizer: ProductQuantizer, subspace: Int, _ options: PolysemousTraining,
    kernels: KernelSet
  ) {
    count = quantizer.centroidCount
    self.options = options
    self.kernels = kernels
    seed = SplitMix64.mix(options.seed &+ UInt64(subspace))
    var distances: [Double] = []
    distances.reserveCapacity(count * count)
    for a in 0..<count {
      let left = quantizer.centroid(a, of: subspace)
      for b in 0..<count {
        let sum = zip(left, quantizer.centroid(b, of: subspace)).reduce(0.0) {
          let difference = Double($1.0) - Double($1.1)
          return $0 + difference * difference
        }
        distances.append(sum)
      }
    }
    // Of a pair of random numbers of b bits, each bit differs with probability one half.
    let bits = Double(quantizer.bits)
    let (mean, spread) = Self.moments(distances)
    let scale = spread > 0 ? (bits / 4).squareRoot() / spread : 0
    targets = distances.map { Float(($0 - mean) * scale + bits / 2) }
    let factor = options.weightFactor
    weights = targets.map { Float(exp(-Double(factor) * Double($0))) }
  }

  private static func moments(_ values: [Double]) -> (mean: Double, spread: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, square.squareRoot())
  }

  private func cost(_ numbers: [Int32]) -> Double {
    var sum = 0.0
    for a in 0..<count {
      for b in 0..<count {
        let bits = Double((numbers[a] ^ numbers[b]).nonzeroBitCount)
        let error = Double(targets[a * count + b]) - bits
        sum += Double(weights[a * count + b]) * error * error
      }
    }
    return sum
  }

  /// The best numbers found, and the cost of the first and the best.
  func run(
    execution: Execution
  ) throws(IndexError) -> (numbers: [Int32], before: Double, after: Double) {
    let start = (0..<count).map(Int32.init)
    let before = cost(start)
    var best = (numbers: start, before: before, after: before)
    guard count > 1 else { return best }
    for redo in 0..<options.redos {
      var generator = SplitMix64(seed: seed &+ UInt64(redo) &* 0x9e37_79b9_7f4a_7c15)
      var numbers = start
      var temperature = options.initialTemperature
      for iteration in 0..<options.iterations {
        if iteration.isMultiple(of: 8192) { try execution.checkCancellation() }
        let a = Int(generator.next() % UInt64(count))
        let b = (a + 1 + Int(generator.next() % UInt64(count - 1))) % count
        let change = kernels.costOfSwapping(
          a, b, numbers: numbers.span, targets: targets.span, weights: weights.span)
        temperature *= options.temperatureDecay
        let drawn = Float(generator.next() >> 40) * 0x1p-24
        if change < 0 || drawn < temperature { numbers.swapAt(a, b) }
      }
      let after = cost(numbers)
      if after < best.after { best = (numbers, before, after) }
    }
    return best
  }
}
