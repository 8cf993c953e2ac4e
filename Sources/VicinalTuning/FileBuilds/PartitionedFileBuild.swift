public import VicinalCore
public import VicinalDatasets

/// Index files for each of several sources: all that `vicinal build-partitioned-indexes` does on one
/// machine, for programs. AutoFaiss: `build_partitioned_indexes`.
///
/// ```swift
/// let plans = try PartitionPlan.plans(for: ["data/a", "data/b"], output: "indexes")
/// let partitions = PartitionedFileBuild(IndexFileBuild(IndexPipeline(metric: .l2)))
/// let infos = try await partitions.build(plans)
/// ```
public struct PartitionedFileBuild: Sendable {
  /// How each index is built. The paths of its outputs are those of the plans; a page and an id
  /// mapping are written if `reportPath` and `idColumns` are set.
  public var build: IndexFileBuild

  /// Indexes that the vectors of a big partition are divided among. AutoFaiss:
  /// `nb_splits_per_big_index`.
  public var partsOfBig = 1

  /// Vectors from which on a partition is big. AutoFaiss: `big_index_threshold`.
  public var leastBig = 5_000_000

  /// Opens a source by the path in its plan.
  public var open: @Sendable (String) throws(IndexError) -> any EmbeddingSource

  /// Builds every partition in one way.
  public init(
    _ build: IndexFileBuild,
    open: @escaping @Sendable (String) throws(IndexError) -> any EmbeddingSource = {
      path throws(IndexError) in try EmbeddingFiles([path])
    }
  ) {
    (self.build, self.open) = (build, open)
  }

  /// Whether a partition of so many vectors is divided.
  public func isBig(_ count: Int) -> Bool { count >= leastBig }

  /// Builds and writes the indexes, one after the other, each with all threads. Sources and outputs
  /// are looked at before the first index is built.
  ///
  /// - Returns: What was chosen and measured: for every plan the infos of its indexes.
  /// - Throws: As ``IndexFileBuild/make(from:execution:)``. Indexes of partitions that are complete by
  ///   then stay, and are told of.
  public func make(
    _ plans: [PartitionPlan], execution: Execution = Execution()
  ) throws(IndexError) -> [[IndexInfos]] {
    var work: [(plan: PartitionPlan, source: any EmbeddingSource, build: IndexFileBuild)] = []
    for plan in plans {
      try naming(plan) { () throws(IndexError) in
        let source = try open(plan.source)
        let build = fileBuild(plan, source.count)
        try build.checkOutputs(for: source)
        work.append((plan, source, build))
      }
    }
    var all: [[IndexInfos]] = []
    for (plan, source, build) in work {
      build.note("partition \(plan.name)")
      do {
        try execution.checkCancellation()
        try naming(plan) { () throws(IndexError) in
          all.append(try build.make(from: source, execution: execution))
        }
      } catch {
        if !all.isEmpty {
          build.warn("\(all.count) of \(plans.count) partitions are complete, and stay")
        }
        throw error
      }
    }
    return all
  }

  /// Builds and writes the indexes without keeping the caller's actor busy; cancelling the task
  /// cancels the work.
  ///
  /// - Throws: As ``make(_:execution:)``.
  public func build(
    _ plans: [PartitionPlan], execution: Execution = Execution()
  ) async throws(IndexError) -> [[IndexInfos]] {
    try await execution.detached { execution throws(IndexError) in
      try make(plans, execution: execution)
    }
  }

  /// Runs work on one partition, whose name is put in front of what fails.
  private func naming(
    _ plan: PartitionPlan, _ body: () throws(IndexError) -> Void
  ) throws(IndexError) {
    do {
      try body()
    } catch {
      throw IndexError(error.code, "partition \(plan.name): \(error.message)")
    }
  }

  /// What builds the indexes of one partition.
  private func fileBuild(_ plan: PartitionPlan, _ count: Int) -> IndexFileBuild {
    var build = build
    build.outputs.indexPath = plan.indexPath
    build.outputs.infosPath = plan.infosPath
    if build.outputs.reportPath != nil {
      build.outputs.reportPath = BuildOutputs.page(besides: plan.infosPath)
    }
    build.outputs.idsPath = build.outputs.idColumns.isEmpty ? nil : plan.idsPath
    // No index is without vectors.
    build.parts = isBig(count) ? min(partsOfBig, max(1, count)) : 1
    return build
  }
}
