public import VicinalCore
import VicinalFiles
public import VicinalIndexes

extension IndexFile {
  /// Puts inverted files that were trained together into one file, without loading them: memory
  /// stays bounded by the longest list, whatever the size of the files. Ids are taken over.
  ///
  /// The result is the same, byte for byte, as adding the vectors of all parts, in their order, to
  /// one index. faiss: `merge_ondisk`, but into one ordinary file.
  ///
  /// ```swift
  /// try IndexFile.merge(["part0", "part1"], to: "whole.index")
  /// ```
  ///
  /// - Parameters:
  ///   - parts: At least one file of `IVF…,Flat` or `IVF…` of codes, also behind transforms, without
  ///     direct map; a single one is copied.
  ///   - path: Where to; it may not be one of the parts.
  ///   - settings: Search parameters that the result brings along, beside those of the first part.
  ///   - hasDirectMap: Whether the result locates its ids, which must be 0 ..< count; takes 8 bytes
  ///     of memory for each.
  ///   - execution: Progress (step "write", in bytes), cancellation.
  /// - Throws: ``IndexError/Code/unsupported`` for other kinds of index,
  ///   ``IndexError/Code/invalidArgument`` for parts of another training; as ``read(_:options:)``.
  public static func merge(
    _ parts: [String], to path: String, settings: KnobSettings = KnobSettings(),
    hasDirectMap: Bool = false, execution: Execution = Execution()
  ) throws(IndexError) {
    var files: [ListFile] = []
    for part in parts {
      let file = try ListFile(part, execution: execution)
      if let first = files.first { try first.requireSameTraining(as: file) }
      files.append(file)
    }
    guard let first = files.first else {
      throw IndexError(.invalidArgument, "there are no parts to put together")
    }
    let merged = MergedLists(files)
    var reading = ReadOptions()
    reading.isMapped = true
    reading.isAccelerated = false
    reading.execution.workers = execution.workers
    var index = try decode(
      first.file.bytes, name: first.file.path, file: first.file, options: reading)
    let map = hasDirectMap ? try merged.directMap() : DirectMap.none
    try withCore(of: &index) { core throws(IndexError) in
      guard var lists = core as? IVFIndex else { return }
      try lists.becomeHead(count: merged.count, directMap: map)
      core = lists
    }
    first.file.discard(0..<first.file.count)
    try settings.apply(to: &index)
    var counting = ByteSink(counting: ())
    counting.mergedLists = merged
    try writeIndex(index, to: &counting)
    var sink = ByteSink(
      to: try replacingOutput(path), total: counting.count, execution: execution)
    sink.mergedLists = merged
    try writeIndex(index, to: &sink)
    try sink.finish()
  }
}
