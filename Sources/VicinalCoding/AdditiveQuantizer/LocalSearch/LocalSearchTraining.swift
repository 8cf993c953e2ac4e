import Foundation
import VicinalCompute
import VicinalCore

/// Learns the codebooks of a local search quantizer: encode, fit, and noise that falls to nothing
/// so that it does not end in the next best place (stochastic relaxation, Martinez et al. 2018).
///
/// faiss: `LocalSearchQuantizer::train`.
struct LocalSearchTraining {
  let dimension: Int
  let bits: [Int]
  let options: LocalSearchOptions
  let kernels: KernelSet
  let execution: Execution

  /// Vectors that one task encodes.
  private static let taskVectors = 256

  func run(
    _ points: [Float], _ report: ProgressCount
  ) throws(IndexError) -> (codebooks: [Float], entries: [Int32]) {
    let count = points.count / dimension
    let origin = mean(of: try VectorBatch(points.span, dimension: dimension), atMost: count)
    var centred = points
    for place in centred.indices { centred[place] -= origin[place % dimension] }
    let scatter = deviations(centred)
    let size = 1 << bits[0]
    let sizes = [Int](repeating: size, count: bits.count)
    var generator = SplitMix64(seed: UInt64(UInt32(bitPattern: options.seed)))
    var entries: [Int32] = []
    entries.reserveCapacity(count * bits.count)
    for _ in 0..<count {
      for number in bits.indices {
        entries.append(Int32(number * size + Int.random(in: 0..<size, using: &generator)))
      }
    }
    var codebooks = try fit(centred, entries, sizes)
    for round in 0..<options.trainingRounds {
      let share = 1 - Float(round + 1) / Float(options.trainingRounds)
      perturb(&codebooks, scatter, pow(share, options.coolingPower), &generator)
      entries = try encode(centred, codebooks, entries, round)
      codebooks = try fit(centred, entries, sizes)
      report.finish()
      if round + 1 < options.trainingRounds, execution.shouldEndTraining?() == true { break }
    }
    for place in 0..<size * dimension { codebooks[place] += origin[place % dimension] }
    return (codebooks, entries)
  }

  private func fit(
    _ points: [Float], _ entries: [Int32], _ sizes: [Int]
  ) throws(IndexError) -> [Float] {
    try CodebookFit.codebooks(
      VectorBatch(points.span, dimension: dimension), entries: entries, sizes: sizes,
      weight: Double(options.regularization), execution: execution)
  }

  /// Standard deviation of each coordinate of centred vectors.
  private func deviations(_ points: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: dimension)
    for (place, value) in points.enumerated() {
      sums[place % dimension] += Double(value) * Double(value)
    }
    return sums.map { Float(($0 * Double(dimension) / Double(points.count)).squareRoot()) }
  }

  /// Adds normally distributed noise.
  private func perturb(
    _ codebooks: inout [Float], _ scatter: [Float], _ temperature: Float,
    _ generator: inout SplitMix64
  ) {
    guard temperature > 0 else { return }
    let factor = temperature / Float(bits.count)
    for place in codebooks.indices {
      codebooks[place] +=
        Float(Self.normal(&generator)) * scatter[place % dimension] * factor
    }
  }

  /// A standard normal number (Box and Muller).
  private static func normal(_ generator: inout SplitMix64) -> Double {
    let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude...1, using: &generator)))
      .squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
  }

  private func encode(
    _ points: [Float], _ codebooks: [Float], _ entries: [Int32], _ round: Int
  ) throws(IndexError) -> [Int32] {
    var part = try AdditivePart(
      dimension: dimension, bits: bits, method: .localSearch(options),
      norms: NormQuantizer(.decoding))
    part.codebooks = codebooks
    let encoder = try LocalSearchEncoder(part, options)
    let count = points.count / dimension
    let tasks = evenRanges(count, parts: (count + Self.taskVectors - 1) / Self.taskVectors)
    let found = try parallelMap(tasks.count, workers: execution.workerCount) {
      task throws(IndexError) in
      try execution.checkCancellation()
      let rows = tasks[task]
      let batch = try VectorBatch(points.span, dimension: dimension)
      let known = entries[rows.lowerBound * bits.count..<rows.upperBound * bits.count]
      return try encoder.entries(
        of: batch.rows(rows), from: Array(known), starts: options.trainingStarts,
        round: round + 1, kernels: kernels)
    }
    return found.flatMap(\.self)
  }
}
