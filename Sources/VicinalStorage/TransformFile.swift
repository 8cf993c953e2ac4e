public import VicinalCoding
public import VicinalCore
import VicinalFiles

/// Files that hold one vector transform, in faiss's format.
///
/// Files are untrusted, as those of ``IndexFile`` are: a damaged one is an error, never a crash.
///
/// ```swift
/// try TransformFile.write(pca, to: "pca.vt")
/// let transform = try TransformFile.read("pca.vt")
/// ```
///
/// The corresponding faiss functions are `read_VectorTransform` and `write_VectorTransform`.
public enum TransformFile {
  /// Opens a file.
  ///
  /// - Parameter path: A file written by Vicinal or faiss.
  /// - Returns: ``PCA``, ``LinearTransform`` (also for OPQ), ``RandomRotation``, ``ITQMatrix``,
  ///   ``ITQTransform``, ``L2Normalization``, ``Centering``, ``RemapDimensions`` or
  ///   ``HadamardRotation``.
  /// - Throws: ``IndexError/Code/fileSystem``; ``IndexError/Code/corruptFile`` if the bytes
  ///   contradict the format; ``IndexError/Code/unsupported`` for other norms than 2.
  public static func read(_ path: String) throws(IndexError) -> any VectorTransform {
    let file = try mappedFile(path)
    return try decode(file.bytes, name: file.path)
  }

  /// Reads a transform from the bytes of a file.
  ///
  /// - Throws: As ``read(_:)``.
  public static func decode(_ bytes: [UInt8]) throws(IndexError) -> any VectorTransform {
    try decode(bytes.span.rawBytes, name: "transform in memory")
  }

  private static func decode(
    _ bytes: RawSpan, name: String
  ) throws(IndexError) -> any VectorTransform {
    var cursor = ByteCursor(bytes, name: name)
    let record = try TransformRecord(reading: &cursor)
    var source = try ByteSource(
      bytes, name: name, file: nil, options: IndexFile.ReadOptions())
    return try record.transform(from: &source)
  }

  /// Where the integers of a file lie, for tests that change them.
  package static func fields(of bytes: [UInt8]) throws(IndexError) -> [FieldPlace] {
    var cursor = ByteCursor(bytes.span.rawBytes, name: "fields")
    cursor.fields = []
    _ = try TransformRecord(reading: &cursor)
    return cursor.fields ?? []
  }

  /// Writes a transform as faiss would, byte for byte. The file appears only when all of it is on
  /// disk.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for transforms from elsewhere,
  ///   ``IndexError/Code/fileSystem``.
  public static func write(
    _ transform: any VectorTransform, to path: String
  ) throws(IndexError) {
    var counting = ByteSink(counting: ())
    try TransformRecord.write(transform, to: &counting)
    let file = try replacingOutput(path)
    var sink = ByteSink(to: file, total: counting.count, execution: Execution())
    try TransformRecord.write(transform, to: &sink)
    try sink.finish()
  }

  /// The bytes that ``write(_:to:)`` would write.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for transforms from elsewhere.
  public static func encode(_ transform: any VectorTransform) throws(IndexError) -> [UInt8] {
    var counting = ByteSink(counting: ())
    try TransformRecord.write(transform, to: &counting)
    var sink = ByteSink(keeping: counting.count, execution: Execution())
    try TransformRecord.write(transform, to: &sink)
    return sink.takeBytes()
  }
}
