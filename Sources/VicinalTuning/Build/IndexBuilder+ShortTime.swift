import VicinalCore
import VicinalIndexes

/// Training where little time is allowed.
extension IndexBuilder {
  /// Vectors whose nearest cells are looked for, to find out how long that takes.
  private static let probedRows = 1024

  /// Has cells found by k-means in mini-batches where the rounds of full k-means would take longer than
  /// training may.
  ///
  /// Mini-batches go through the sample three times instead of ten and come within 2 % of the
  /// objective; full k-means that is ended after a few of its rounds does not.
  ///
  /// - Returns: What to say about it.
  func hurryClustering(
    of index: inout any VectorIndex, _ sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) -> [String] {
    guard let timeLimit, case .ivf(let cells, let coarse, _) = spec.core,
      let rounds = index.clusteringRounds, cells <= sample.count
    else { return [] }
    let left = timeLimit.left
    guard left > .zero else { return [] }
    if case .multiIndex = coarse { return [] }
    var quiet = execution
    quiet.progress = nil
    var centroids = FlatIndex(dimension: sample.dimension)
    try centroids.add(sample.rows(0..<cells), execution: quiet)
    let few = min(Self.probedRows, sample.count)
    let started = ContinuousClock.now
    _ = try centroids.search(
      sample.rows(0..<few), k: 1, options: SearchOptions(execution: quiet))
    let round = (ContinuousClock.now - started) * (Double(sample.count) / Double(few))
    guard round * Double(rounds) > left * BuildTimeLimit.trainingShare else { return [] }
    try index.clusterInMiniBatches()
    return ["lists were trained in mini-batches to keep the time allowed for building"]
  }
}
