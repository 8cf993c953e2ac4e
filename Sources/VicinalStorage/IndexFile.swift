public import VicinalCore
import VicinalFiles

/// Index files in faiss's format: what faiss writes is read, and what is written faiss reads.
///
/// Read and written are:
///
/// - flat indexes of any metric (`IxF2`, `IxFI`, `IxFl`, in levels `IxFP`, `IxFp`);
/// - flat indexes of codes: product quantizers (`IxPq`, fast-scan `IPfs`), scalar quantizers
///   (`IxSQ`), LSH (`IxHe`), RaBitQ (`Ixrq`, `Ixrr`, fast-scan `Irfn`);
/// - inverted files of floats (`IwFl`, in levels `IwP2`, equal vectors once `IwFd`) and of those
///   codes but LSH (`IwPQ`, `IwQR`, `IwPf`, `IwSq`, `Iwrq`, `Iwrr`, `Iwrn`), also over a
///   multi-index (`Imiq`);
/// - HNSW graphs over floats and codes (`IHNf`, `IHNp`, `IHNs`, `IHNr`, `IH00`, `IHfP`);
/// - refined indexes (`IxRF`, `IxRP`), id maps (`IxMp`, `IxM2`), transforms in front of an index
///   (`IxPT`).
///
/// Codes of old releases (`IvFl`, `IxPQ` and others) are read, and written as the present ones.
/// Inverted lists in a second file (`ilod`), which must lie in the folder of the index, are read
/// and written as lists in the index. Other kinds are refused by name.
///
/// Files are untrusted: every count is checked against the bytes there are before anything is
/// allocated, and what an index relies on is checked before it is returned. A damaged file is an
/// error, never a crash.
///
/// Flat and inverted indexes find the same in both programs. A graph is walked over int8 codes here
/// (see ``HNSWIndex``), so that a few of its answers may differ from faiss's over the same file.
///
/// ```swift
/// try IndexFile.write(index, to: "vectors.index")
/// let index = try IndexFile.read("vectors.index")
/// ```
///
/// The corresponding faiss functions are `read_index` and `write_index`.
public enum IndexFile {
  /// How a file is opened.
  public struct ReadOptions: Sendable {
    /// Whether vectors, and ids in inverted lists, stay in the file, which is mapped into memory
    /// and must then not be changed in place while the index lives. faiss: `IO_FLAG_MMAP`.
    public var isMapped = false

    /// Whether what only makes searches faster is built: int8 companions, which take about a quarter
    /// of the memory of the vectors, and 4 bytes for each product code in inverted lists, or tables
    /// for them. Unless set, companions are built for what is not mapped, tables always.
    public var isAccelerated: Bool {
      get { isAcceleratedChoice ?? !isMapped }
      set { isAcceleratedChoice = newValue }
    }

    /// Whether inverted lists that stay in the file give the pages back that searches have touched,
    /// so that memory stays small however large the file is.
    public var givesPagesBack = false

    /// Threads, progress (step "read", in bytes), cancellation.
    public var execution = Execution()

    /// Tables for product codes are small beside them and do not touch what is mapped.
    package var keepsResidualTables: Bool { isAcceleratedChoice ?? true }

    private var isAcceleratedChoice: Bool?

    /// Everything in memory, with companions.
    public init() {}
  }

  /// Opens an index file.
  ///
  /// - Parameters:
  ///   - path: A file written by Vicinal or faiss.
  ///   - options: Whether to map, companions, threads.
  /// - Returns: ``FlatIndex``, ``CodedIndex``, ``IVFIndex``, ``IVFPQRIndex``,
  ///   ``MultiIndexQuantizer``, ``ResidualCoarseQuantizer``, ``HNSWIndex``, ``RefinedIndex``,
  ///   ``IDMapIndex`` or ``TransformedIndex``.
  /// - Throws: ``IndexError/Code/fileSystem``; ``IndexError/Code/corruptFile`` if the bytes
  ///   contradict the format; ``IndexError/Code/unsupported`` for kinds of index that Vicinal
  ///   does not have; ``IndexError/Code/cancelled``.
  /// - Complexity: O(bytes); if mapped, O(lists + links).
  public static func read(
    _ path: String, options: ReadOptions = ReadOptions()
  ) throws(IndexError) -> any VectorIndex {
    let file = try mappedFile(path, execution: options.execution)
    if !options.isMapped { file.expectSequentialReading() }
    return try decode(file.bytes, name: file.path, file: file, options: options)
  }

  /// Reads an index from bytes in memory, which are copied. faiss: `deserialize_index`.
  ///
  /// - Parameters:
  ///   - bytes: The content of an index file.
  ///   - options: As for a file; there is nothing to map.
  /// - Returns: As ``read(_:options:)``.
  /// - Throws: As ``read(_:options:)``.
  public static func decode(
    _ bytes: RawSpan, options: ReadOptions = ReadOptions()
  ) throws(IndexError) -> any VectorIndex {
    try decode(bytes, name: "index in memory", file: nil, options: options)
  }

  /// Reads an index from bytes in memory, which are copied.
  ///
  /// - Throws: As ``read(_:options:)``.
  public static func decode(
    _ bytes: [UInt8], options: ReadOptions = ReadOptions()
  ) throws(IndexError) -> any VectorIndex {
    try decode(bytes.span.rawBytes, options: options)
  }

  static func decode(
    _ bytes: RawSpan, name: String, file: MappedFile?, options: ReadOptions
  ) throws(IndexError) -> any VectorIndex {
    var cursor = ByteCursor(bytes, name: name)
    let record = try parseIndex(&cursor, depth: 1, role: nil)
    var source = try ByteSource(bytes, name: name, file: file, options: options)
    return try record.index(from: &source)
  }

  /// What a file holds, without loading it.
  ///
  /// Records inside other records are named as far as the file can be followed: a kind of index
  /// that cannot be read is described by its header.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported`` for a kind inside another that cannot be followed.
  /// - Complexity: O(lists).
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

  static func describe(_ bytes: RawSpan, name: String) throws(IndexError) -> RecordDescription {
    var cursor = ByteCursor(bytes, name: name)
    if let known = try unreadableRecord(&cursor) { return known }
    return try parseIndex(&cursor, depth: 1, role: nil).description
  }

  /// Where the integers of a file lie, for tests that change them.
  package static func fields(of bytes: RawSpan) throws(IndexError) -> [FieldPlace] {
    var cursor = ByteCursor(bytes, name: "fields")
    cursor.fields = []
    _ = try parseIndex(&cursor, depth: 1, role: nil)
    return cursor.fields ?? []
  }
}
