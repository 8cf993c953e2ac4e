public import VicinalCore
public import VicinalDatasets
import VicinalFiles
import VicinalStorage

/// One index for each of several sources, written with its infos. AutoFaiss:
/// `build_partitioned_indexes`.
///
/// ```swift
/// let plans = try PartitionPlan.plans(for: ["data/a", "data/b"], output: "indexes")
/// let infos = try await PartitionedPipeline(IndexPipeline(metric: .l2)).build(plans)
/// ```
public struct PartitionedPipeline: Sendable {
  /// How each index is made.
  public var pipeline: IndexPipeline

  /// Opens a source by the path in its plan.
  public var open: @Sendable (String) throws(IndexError) -> any EmbeddingSource

  /// Builds every partition in one way.
  public init(
    _ pipeline: IndexPipeline,
    open: @escaping @Sendable (String) throws(IndexError) -> any EmbeddingSource = {
      path throws(IndexError) in try EmbeddingFiles([path])
    }
  ) {
    (self.pipeline, self.open) = (pipeline, open)
  }

  /// Builds and writes the indexes, one after the other, each with all threads. All sources are
  /// opened before the first index is built.
  ///
  /// - Returns: What was chosen and measured, in the order of the plans.
  /// - Throws: As ``IndexPipeline/make(from:execution:)``; ``IndexError/Code/fileSystem``. Indexes that
  ///   are complete by then stay.
  public func make(
    _ plans: [PartitionPlan], execution: Execution = Execution()
  ) throws(IndexError) -> [IndexInfos] {
    var sources: [any EmbeddingSource] = []
    for plan in plans { sources.append(try open(plan.source)) }
    var all: [IndexInfos] = []
    for (plan, source) in zip(plans, sources) {
      try execution.checkCancellation()
      var built = try pipeline.make(from: source, execution: execution)
      built.infos.indexPath = plan.indexPath
      try FileLocation(plan.indexPath).folder.makeFolder()
      try IndexFile.write(built.index, to: plan.indexPath, execution: execution)
      try built.infos.write(to: plan.infosPath)
      all.append(built.infos)
    }
    return all
  }

  /// Builds and writes the indexes without keeping the caller's actor busy; cancelling the task
  /// cancels the work.
  ///
  /// - Throws: As ``make(_:execution:)``.
  public func build(
    _ plans: [PartitionPlan], execution: Execution = Execution()
  ) async throws(IndexError) -> [IndexInfos] {
    try await execution.detached { execution throws(IndexError) in
      try make(plans, execution: execution)
    }
  }
}
