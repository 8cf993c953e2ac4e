public import VicinalCore
import VicinalFiles
public import VicinalIndexes

/// Files of indexes over binary vectors, in faiss's format: what faiss writes is read, and what is
/// written faiss reads.
///
/// Read and written are flat indexes (`IBxF`), inverted files (`IBwF`), HNSW graphs (`IBHf`,
/// `IBHc`), id maps (`IBMp`, `IBM2`), indexes over floats (`IBFf`) and hash tables (`IBHh`,
/// `IBHm`). Files are untrusted, as with ``IndexFile``.
///
/// ```swift
/// try BinaryIndexFile.write(index, to: "codes.index")
/// let index = try BinaryIndexFile.read("codes.index")
/// ```
///
/// The corresponding faiss functions are `read_index_binary` and `write_index_binary`.
public enum BinaryIndexFile {
  /// Opens an index file.
  ///
  /// - Parameters:
  ///   - path: A file written by Vicinal or faiss.
  ///   - options: Whether to map, threads.
  /// - Returns: ``BinaryFlatIndex``, ``BinaryIVFIndex``, ``BinaryHNSWIndex``,
  ///   ``BinaryIDMapIndex``, ``BinaryFromFloatIndex``, ``BinaryHashIndex`` or
  ///   ``BinaryMultiHashIndex``.
  /// - Throws: ``IndexError/Code/fileSystem``; ``IndexError/Code/corruptFile`` if the bytes
  ///   contradict the format; ``IndexError/Code/unsupported`` for indexes over floats;
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(bytes); if mapped, O(lists + links + buckets).
  public static func read(
    _ path: String, options: IndexFile.ReadOptions = IndexFile.ReadOptions()
  ) throws(IndexError) -> any BinaryIndex {
    let file = try mappedFile(path, execution: options.execution)
    if !options.isMapped { file.expectSequentialReading() }
    return try decode(file.bytes, name: file.path, file: file, options: options)
  }

  /// Reads an index from bytes in memory, which are copied. faiss: `deserialize_index_binary`.
  ///
  /// - Throws: As ``read(_:options:)``.
  public static func decode(
    _ bytes: RawSpan, options: IndexFile.ReadOptions = IndexFile.ReadOptions()
  ) throws(IndexError) -> any BinaryIndex {
    try decode(bytes, name: "index in memory", file: nil, options: options)
  }

  /// Reads an index from bytes in memory, which are copied.
  ///
  /// - Throws: As ``read(_:options:)``.
  public static func decode(
    _ bytes: [UInt8], options: IndexFile.ReadOptions = IndexFile.ReadOptions()
  ) throws(IndexError) -> any BinaryIndex {
    try decode(bytes.span.rawBytes, options: options)
  }

  private static func decode(
    _ bytes: RawSpan, name: String, file: MappedFile?, options: IndexFile.ReadOptions
  ) throws(IndexError) -> any BinaryIndex {
    var cursor = ByteCursor(bytes, name: name)
    let record = try parseBinaryIndex(&cursor, depth: 1, role: nil)
    var source = try ByteSource(bytes, name: name, file: file, options: options)
    return try record.index(from: &source)
  }

  /// Whether a file says of itself that it holds an index over binary vectors; nothing behind the
  /// first four bytes is looked at.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public static func recognizes(_ path: String) throws(IndexError) -> Bool {
    let file = try RandomAccessFile(FileLocation(path))
    guard file.size >= 4 else { return false }
    var start: [UInt8] = [0, 0, 0, 0]
    try file.read([0..<4], into: &start)
    return start.starts(with: "IB".utf8)
  }

  /// What a file holds, without loading it.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported``.
  /// - Complexity: O(lists + buckets).
  public static func describe(_ path: String) throws(IndexError) -> RecordDescription {
    let file = try mappedFile(path)
    return try describe(file.bytes, name: file.path)
  }

  /// What bytes in memory hold, without loading it.
  ///
  /// - Throws: As ``describe(_:)-(String)``.
  public static func describe(_ bytes: [UInt8]) throws(IndexError) -> RecordDescription {
    try describe(bytes.span.rawBytes, name: "index in memory")
  }

  private static func describe(
    _ bytes: RawSpan, name: String
  ) throws(IndexError) -> RecordDescription {
    var cursor = ByteCursor(bytes, name: name)
    return try parseBinaryIndex(&cursor, depth: 1, role: nil).description
  }

  /// Where the integers of a file lie, for tests that change them.
  package static func fields(of bytes: RawSpan) throws(IndexError) -> [FieldPlace] {
    var cursor = ByteCursor(bytes, name: "fields")
    cursor.fields = []
    _ = try parseBinaryIndex(&cursor, depth: 1, role: nil)
    return cursor.fields ?? []
  }
}

extension BinaryIndexFile {
  /// Writes an index as faiss would, byte for byte but for the order of hash tables.
  ///
  /// The file appears under its name only when all of it is on disk; see
  /// ``IndexFile/write(_:to:execution:)``.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for other kinds, ``IndexError/Code/fileSystem``,
  ///   ``IndexError/Code/cancelled``.
  public static func write(
    _ index: any BinaryIndex, to path: String, execution: Execution = Execution()
  ) throws(IndexError) {
    let total = try byteCount(of: index)
    try execution.checkCancellation()
    let file = try replacingOutput(path)
    var sink = ByteSink(to: file, total: total, execution: execution)
    try writeBinaryIndex(index, to: &sink)
    try sink.finish()
  }

  /// The bytes that ``write(_:to:execution:)`` would write. faiss: `serialize_index_binary`.
  ///
  /// - Throws: ``IndexError/Code/unsupported``, ``IndexError/Code/cancelled``.
  public static func encode(
    _ index: any BinaryIndex, execution: Execution = Execution()
  ) throws(IndexError) -> [UInt8] {
    var sink = ByteSink(keeping: try byteCount(of: index), execution: execution)
    try writeBinaryIndex(index, to: &sink)
    return sink.takeBytes()
  }

  /// How many bytes ``write(_:to:execution:)`` would write.
  ///
  /// - Throws: ``IndexError/Code/unsupported``.
  public static func byteCount(of index: any BinaryIndex) throws(IndexError) -> Int {
    var sink = ByteSink(counting: ())
    try writeBinaryIndex(index, to: &sink)
    return sink.count
  }
}
