import Foundation
import VicinalCompute
public import VicinalCore
public import VicinalDatasets
import VicinalIndexes
import VicinalStorage

/// Builds an index step by step, keeping every finished step in a folder: what an interrupted build
/// has done is not done again, and lists that do not fit the memory are put together on disk.
///
/// Steps are the training, parts of some vectors each where lists can be put together
/// (``IndexSpec``s of inverted files), and their union. Every other kind of index is filled in one
/// step. The same inputs and options give the same bytes, however often a build was interrupted.
public struct StagedBuild: Sendable {
  private let builder: IndexBuilder
  private let folder: WorkFolder

  /// Whether an id map goes around the index, and whether it is reversible.
  private let map: Bool?

  /// Vectors in each part.
  private let partRows: Int

  /// Builds in a work folder.
  ///
  /// - Parameters:
  ///   - builder: What to build, and with how much memory.
  ///   - folder: The folder of this build: its fingerprint covers the inputs and all options.
  ///   - partRows: Vectors in each part, at least 1.
  public init(_ builder: IndexBuilder, in folder: WorkFolder, partRows: Int) {
    var builder = builder
    var map: Bool?
    if case .idMap(let inner, let isReversible) = builder.spec {
      builder.spec = inner
      map = isReversible
    }
    self.builder = builder
    self.map = map
    self.folder = folder
    self.partRows = max(1, partRows)
  }

  /// Whether the index is filled in parts.
  public var isInParts: Bool { builder.spec.hasMergeableLists }

  /// The trained index: from the folder, or trained now.
  public func trained(
    on source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    if folder.has(folder.trained) {
      var options = IndexFile.ReadOptions()
      options.isAccelerated = builder.isAccelerated && !builder.isInverted
      options.execution.workers = execution.workers
      return (try IndexFile.read(folder.trained, options: options), [])
    }
    let (index, warnings) = try builder.trained(on: source, execution: execution)
    if builder.spec.trainingNeeds.most > 0 {
      try IndexFile.write(index, to: folder.trained)
    }
    return (index, warnings)
  }

  /// Builds the index in memory, by way of parts where that is possible.
  public func build(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    guard isInParts else {
      var (index, warnings) = try trained(on: source, execution: execution)
      try builder.fill(&index, from: source, execution: execution)
      return (try mapped(index), warnings)
    }
    let (path, warnings) = try buildFile(from: source, execution: execution)
    var options = IndexFile.ReadOptions()
    options.isAccelerated = builder.isAccelerated
    options.execution = execution
    return (try mapped(IndexFile.read(path, options: options)), warnings)
  }

  /// Puts the id map around an index, if one was asked for.
  private func mapped(_ index: any VectorIndex) throws(IndexError) -> any VectorIndex {
    guard let map else { return index }
    return try IDMapIndex(index, ids: Array(0..<Int64(index.count)), isReversible: map)
  }

  /// Builds the index on disk; no more than one part of it is in memory at any time.
  ///
  /// - Returns: A file in the work folder, and remarks.
  /// - Throws: ``IndexError/Code/unsupported`` unless ``isInParts``; as ``IndexBuilder``.
  public func buildFile(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (path: String, warnings: [String]) {
    guard isInParts else {
      throw IndexError(
        .unsupported,
        "\(builder.spec) cannot be built in parts; inverted files with flat or graph cells can")
    }
    if folder.has(folder.whole) { return (folder.whole, []) }
    let (index, warnings) = try trained(on: source, execution: execution)
    var part = builder
    part.isAccelerated = false
    let count = max(1, (source.count + partRows - 1) / partRows)
    for number in 0..<count where !folder.has(folder.part(number)) {
      let first = number * partRows
      let slice = try EmbeddingSlice(source, first..<min(source.count, first + partRows))
      // What the training or the part before left behind.
      trimHeap()
      var copy = index
      try part.fill(
        &copy, from: slice, execution: execution.shifted(by: first, of: source.count))
      try IndexParts.shiftIDs(of: &copy, by: first)
      try IndexFile.write(copy, to: folder.part(number))
    }
    trimHeap()
    try IndexFile.merge(
      (0..<count).map(folder.part), to: folder.whole, execution: execution)
    for number in 0..<count { folder.remove(folder.part(number)) }
    return (folder.whole, warnings)
  }

  /// Takes an index that was trained elsewhere in place of the training.
  public func adopt(_ trained: any VectorIndex) throws(IndexError) {
    try IndexFile.write(trained, to: folder.trained)
  }

  /// Whether a part of a divided index was written before the interruption.
  public func isDone(_ number: Int) -> Bool { folder.has(folder.mark(number)) }

  /// Notes that a part of a divided index is written.
  public func markDone(_ number: Int) throws(IndexError) { try folder.set(folder.mark(number)) }
}

extension Execution {
  /// Reports progress of some vectors as that of all.
  func shifted(by first: Int, of total: Int) -> Execution {
    var execution = self
    guard let report = progress else { return self }
    execution.progress = { step in
      guard step.step == "add" || step.step == "assign" else { return report(step) }
      report(WorkProgress(step: step.step, done: first + step.done, total: total, note: step.note))
    }
    return execution
  }
}
