import Synchronization
import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

@Suite("Projections that a network learns")
struct LearntProjectionTests {
  private let points = DataShape.clustered.make(3000, dimension: 20, seed: 81)

  private func learnt(
    _ task: LearntProjection.Task, to dimension: Int = 4, execution: Execution = Execution(),
    _ change: (inout LearntProjection.Options) -> Void = { _ in }
  ) throws -> LearntProjection {
    var options = LearntProjection.Options()
    (options.epochs, options.batchSize, options.learningRate) = (30, 100, 0.01)
    change(&options)
    var projection = try LearntProjection(
      inputDimension: 20, outputDimension: dimension, task: task, options: options)
    try projection.train(on: points.batch(), execution: execution)
    return projection
  }

  /// The squared error of what comes back from the subspace, beside the sum of squares around the mean.
  private func error(_ transform: any VectorTransform) throws -> Double {
    let small = try transform.apply(points.batch())
    let back = try transform.reverse(
      VectorBatch(small.span, dimension: transform.outputDimension))
    return zip(points.values, back).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
  }

  @Test("a linear autoencoder ends in nearly the subspace of the PCA")
  func linear() throws {
    let found = try learnt(.reconstruction(hidden: 0))
    #expect(found.isReversible, "the projection is orthogonal")
    var pca = try PCA(inputDimension: 20, outputDimension: 4)
    try pca.train(on: points.batch(), execution: Execution())
    // The loss of the network is that of the PCA, which is the least there is.
    let small = try pca.apply(points.batch())
    let back = try pca.reverse(VectorBatch(small.span, dimension: 4))
    var (least, mean) = (0.0, [Double](repeating: 0, count: 20))
    for (place, value) in points.values.enumerated() { mean[place % 20] += Double(value) / 3000 }
    for (place, value) in points.values.enumerated() {
      // A PCA does not bring back what its mean has in other directions.
      let difference = Double(value - back[place]) - mean[place % 20]
      least += difference * difference / 3000
    }
    let loss = try #require(found.losses.last)
    #expect(loss < found.losses[0] && loss < 1.2 * least + 0.05, "\(found.losses), \(least)")
    #expect(try error(found) < 1.5 * error(try learnt(.cells(16))) + 1)
  }

  @Test("a hidden layer reconstructs at least as well, and the loss falls")
  func hidden() throws {
    let found = try learnt(.reconstruction())
    let first = found.losses[0]
    #expect(found.losses.count >= 30 && found.losses[29] < 0.5 * first, "\(found.losses)")
  }

  @Test("cells are told apart through the bottleneck")
  func cells() throws {
    let found = try learnt(.cells(16))
    let last = try #require(found.losses.last)
    #expect(last < 0.5 * 2.77, "the cross entropy of guessing is ln 16; \(found.losses)")
    let raw = try learnt(.cells(16)) { $0.isOrthonormal = false }
    #expect(!raw.isReversible)
    #expect(found.losses == raw.losses)
  }

  @Test(
    "a seed and nothing else decides",
    arguments: [LearntProjection.Task.reconstruction(hidden: 12), .cells(9)])
  func determinism(task: LearntProjection.Task) throws {
    func weights(_ workers: Int, seed: UInt64 = 3) throws -> [Float] {
      let found = try learnt(task, execution: Execution(workers: workers)) {
        ($0.epochs, $0.seed) = (2, seed)
      }
      return try found.apply(points.batch())
    }
    let one = try weights(1)
    for workers in [2, 5] { #expect(try weights(workers) == one) }
    #expect(try weights(1, seed: 4) != one)
  }

  @Test("progress is reported, and cancelling leaves the transform as it was")
  func work() throws {
    let steps = Mutex<[WorkProgress]>([])
    _ = try learnt(
      .cells(9), execution: Execution(progress: { step in steps.withLock { $0.append(step) } })
    ) { $0.epochs = 2 }
    let names = steps.withLock { $0 }.map(\.step)
    #expect(names.contains("k-means") && names.last == "cell classifier")
    let last = try #require(steps.withLock { $0.last })
    #expect(last.done == last.total && last.note?.hasPrefix("loss") == true)
    var projection = try LearntProjection(
      inputDimension: 20, outputDimension: 4, task: .reconstruction())
    expectError(.cancelled) {
      try projection.train(on: points.batch(), execution: Execution(isCancelled: { true }))
    }
    #expect(!projection.isTrained)
    let asked = Mutex(0)
    var early = Execution()
    early.shouldEndTraining = {
      asked.withLock {
        $0 += 1; return $0 > 3
      }
    }
    try projection.train(on: points.batch(), execution: early)
    #expect(projection.isTrained && asked.withLock { $0 } == 4)
  }

  @Test("what cannot be learnt is refused")
  func refused() throws {
    expectError(.invalidArgument, naming: ["20", "21"]) { _ = try learnt(.cells(4), to: 21) }
    expectError(.invalidArgument, naming: ["cells"]) { _ = try learnt(.cells(1)) }
    expectError(.invalidArgument) { _ = try learnt(.cells(4)) { $0.dropout = 1 } }
    expectError(.insufficientData, naming: ["4000", "3000"]) { _ = try learnt(.cells(4000)) }
    // Numbers that explode are an error, not a transform of NaN.
    expectError(.notFinite, naming: ["learning rate"]) {
      _ = try learnt(.reconstruction()) { $0.learningRate = 1e30 }
    }
  }

  @Test("the gradient of the cross entropy is its slope")
  func gradient() {
    let scores: [Float] = [0.3, -1.2, 2.0, 0.1, 0.7, -0.4]
    let labels: [Int32] = [2, 0]
    func loss(_ values: [Float]) -> Double {
      var values = values
      return crossEntropy(&values, labels: labels[...], cells: 3, smoothing: 0.1)
    }
    var slopes = scores
    _ = crossEntropy(&slopes, labels: labels[...], cells: 3, smoothing: 0.1)
    for place in scores.indices {
      var (up, down) = (scores, scores)
      up[place] += 0.01
      down[place] -= 0.01
      #expect(abs((loss(up) - loss(down)) / 0.02 - Double(slopes[place])) < 1e-4)
    }
  }
}
