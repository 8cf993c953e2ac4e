public import VicinalCore
import VicinalFiles

extension IndexFile {
  /// Writes an index as faiss would, byte for byte.
  ///
  /// The file appears under its name only when all of it is on disk; until then, and if anything
  /// fails or the work is cancelled, a file of that name stays as it was. The permissions of a
  /// file that is replaced are kept. Vectors are written from where they are, without a copy.
  /// Int8 companions are not stored.
  ///
  /// - Parameters:
  ///   - index: One of the kinds named at ``IndexFile``.
  ///   - path: Where to; symbolic links are followed.
  ///   - execution: Progress (step "write", in bytes), cancellation.
  /// - Throws: ``IndexError/Code/unsupported`` for other kinds, ``IndexError/Code/fileSystem``,
  ///   ``IndexError/Code/cancelled``.
  public static func write(
    _ index: any VectorIndex, to path: String, execution: Execution = Execution()
  ) throws(IndexError) {
    let total = try byteCount(of: index)
    try execution.checkCancellation()
    let file = try replacingOutput(path)
    var sink = ByteSink(to: file, total: total, execution: execution)
    try writeIndex(index, to: &sink)
    try sink.finish()
  }

  /// The bytes that ``write(_:to:execution:)`` would write. faiss: `serialize_index`.
  ///
  /// - Throws: ``IndexError/Code/unsupported``, ``IndexError/Code/cancelled``.
  public static func encode(
    _ index: any VectorIndex, execution: Execution = Execution()
  ) throws(IndexError) -> [UInt8] {
    var sink = ByteSink(keeping: try byteCount(of: index), execution: execution)
    try writeIndex(index, to: &sink)
    return sink.takeBytes()
  }

  /// How many bytes ``write(_:to:execution:)`` would write.
  ///
  /// - Throws: ``IndexError/Code/unsupported``.
  /// - Complexity: O(lists).
  public static func byteCount(of index: any VectorIndex) throws(IndexError) -> Int {
    var sink = ByteSink(counting: ())
    try writeIndex(index, to: &sink)
    return sink.count
  }
}
