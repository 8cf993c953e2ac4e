public import VicinalCore
import VicinalFiles

/// Which vector has which id: parquet files with some columns of the embeddings and then `i`, the
/// number of the vector in the index (int64).
///
/// The files are named as AutoFaiss names them, `part-<number, 8 digits>-<uuid>.parquet`. The same
/// input gives the same files.
///
/// ```swift
/// let mapping = try IDMapping(columns: ["url"], of: embeddings)
/// try mapping.write(to: "ids")
/// ```
public struct IDMapping: Sendable {
  let columns: [String]
  let files: [any EmbeddingFile]
  private let starts: [Int]

  /// The column that holds the number of the vector.
  private static let numberColumn = "i"

  /// Rows per file, and per row group.
  private static let partRows = 1 << 20
  private static let groupRows = 1 << 16
  /// Rows that are decoded at once.
  private static let batchRows = 1 << 10

  /// How our files are told from others: a key of their metadata.
  private static let mark = (key: "vicinal.ids", value: "1")

  /// Chooses columns.
  ///
  /// - Parameters:
  ///   - columns: Columns of parquet files, in the order in which they are written. With other
  ///     files there is nothing to choose, and only `i` is written.
  ///   - embeddings: The vectors of the index.
  /// - Throws: ``IndexError/Code/invalidArgument`` if a column is named twice, is named `i`, is
  ///   missing in a file, or has different types in two files; ``IndexError/Code/unsupported`` if
  ///   only some files are parquet, or in builds without Arrow.
  public init(columns: [String], of embeddings: EmbeddingFiles) throws(IndexError) {
    files = embeddings.files
    starts = embeddings.starts
    let parquet = files.compactMap { $0 as? ParquetFile }
    guard parquet.isEmpty || parquet.count == files.count else {
      throw IndexError(
        .unsupported, "id columns cannot be taken from parquet files mixed with other files")
    }
    try ArrowLibrary.require()
    self.columns = parquet.isEmpty ? [] : columns
    for (number, column) in columns.enumerated() {
      guard column != Self.numberColumn else {
        throw IndexError(
          .invalidArgument,
          "the id column 'i' collides with the number of the vector; rename it in the files")
      }
      guard !columns[..<number].contains(column), !column.isEmpty, !column.utf8.contains(0) else {
        throw IndexError(
          .invalidArgument, "'\(column)' is named twice among the id columns, or is no name")
      }
    }
    // Before an index is built: after hours it would be too late for complaints.
    var first: ParquetColumnStream?
    for file in parquet where !columns.isEmpty {
      let stream = try ParquetColumnStream(file.footer, columns: columns, batchRows: 1)
      try first.map { earlier throws(IndexError) in try stream.requireTypes(of: earlier) }
      first = first ?? stream
    }
  }

  /// Whether files hold nothing but `i`, because the embeddings are not parquet.
  public var hasNumbersOnly: Bool { columns.isEmpty }

  /// Requires, before long work, that the folder is empty or holds only files that ``write(to:)``
  /// made, beside files that are not parquet.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` naming a file that is somebody else's.
  public static func check(_ folder: String) throws(IndexError) {
    _ = try earlierParts(FileLocation(folder))
  }

  /// Writes the files. Earlier files of ours are replaced; others are never touched.
  ///
  /// - Parameters:
  ///   - folder: A path or URI; it is made if it is missing.
  ///   - first: The number of the first vector: above 0 if they were added to an index of so many.
  ///     The ids of those before then stay in the folder, and must be there; what an interrupted call
  ///     left behind them is replaced.
  ///   - execution: Progress (step "ids", in rows) and cancellation.
  /// - Throws: ``IndexError/Code/fileSystem`` as ``check(_:)``, or if writing fails; as
  ///   ``checkAppending(to:after:)`` if `first` is above 0; ``IndexError/Code/cancelled``. Parts that
  ///   are complete by then stay.
  public func write(
    to folder: String, from first: Int = 0, execution: Execution = Execution()
  ) throws(IndexError) {
    let place = try FileLocation(folder)
    var earlier = try Self.earlierParts(place)
    var number = 0
    if first > 0 { (earlier, number) = try partsBehind(first, of: earlier, in: place) }
    try place.makeFolder()
    var parts = Parts(
      folder: place, run: runName, total: starts.last ?? 0, first: first, number: number,
      execution: execution)
    if columns.isEmpty {
      while parts.next < parts.total {
        try parts.add { writer, first, rows throws(IndexError) in
          try writer.add(first: first, rows: rows)
          return rows
        }
      }
    } else {
      for (file, end) in zip(files, starts.dropFirst()) {
        guard let file = file as? ParquetFile else { continue }
        let stream = try ParquetColumnStream(
          file.footer, columns: columns, batchRows: Self.batchRows)
        while parts.next < end {
          let left = end - parts.next
          try parts.add { writer, first, rows throws(IndexError) in
            let count = try writer.add(stream, first: first, rows: min(rows, left))
            guard count > 0 else {
              throw IndexError(.corruptFile, "\(file.path) ends before its last row")
            }
            return count
          }
        }
      }
    }
    let written = try parts.finish()
    for part in earlier where !written.contains(part.name) { try part.delete() }
  }

  /// Our files in a folder; others that are parquet are an error, because whoever reads the folder
  /// would take them for ids.
  static func earlierParts(_ folder: FileLocation) throws(IndexError) -> [FileLocation] {
    switch try folder.status() {
    case .missing: return []
    case .file:
      throw IndexError(.fileSystem, "\(folder.name) is a file, expected a folder for ids")
    case .folder: break
    }
    var ours: [FileLocation] = []
    for (file, size) in try folder.files()
    where VectorFile.fileExtension(of: file.name) == ParquetFile.fileExtension {
      let isOurs =
        isPartName(file.name) && size > 0
        && (try? ParquetFooter(file, size: size).value(of: mark.key)) == mark.value
      guard isOurs else {
        throw IndexError(
          .fileSystem,
          "\(folder.name) holds \(file.name), which Vicinal did not write; nothing is deleted there,"
            + " and ids beside it would be mixed up with it. Choose another folder for ids")
      }
      ours.append(file)
    }
    return ours
  }

  private static func isPartName(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return name.wholeMatch(of: #/part-\d{8}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.parquet/#)
      != nil
  }

  /// A UUID made of what is mapped, so that the same input gives the same names.
  private var runName: String {
    // FNV-1a over names and counts.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for text in columns + files.map({ "\($0.path) \($0.count)" }) {
      for byte in text.utf8 + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    var generator = SplitMix64(seed: hash)
    let digits = (0..<2).map { _ in
      let text = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
    var rest = digits[...]
    return [8, 4, 4, 4, 12].map { length in
      defer { rest = rest.dropFirst(length) }
      return String(rest.prefix(length))
    }.joined(separator: "-")
  }

  /// The files that are being written, one after the other.
  private struct Parts {
    let folder: FileLocation
    let run: String
    let total: Int
    let execution: Execution
    var next = 0
    private let first: Int
    private var number: Int
    private var rowsInPart = 0
    private var writer: ParquetMappingWriter?
    private var written: Set<String> = []

    init(
      folder: FileLocation, run: String, total: Int, first: Int, number: Int, execution: Execution
    ) {
      (self.folder, self.run, self.total, self.execution) = (folder, run, total, execution)
      (self.first, self.number) = (first, number)
    }

    /// Adds a row group, which `body` makes.
    mutating func add(
      _ body: (ParquetMappingWriter, _ first: Int, _ rows: Int) throws(IndexError) -> Int
    ) throws(IndexError) {
      try execution.checkCancellation()
      if self.writer == nil { self.writer = try open() }
      guard let writer else { return }
      let most = min(groupRows, partRows - rowsInPart, total - next)
      let count = try body(writer, first + next, most)
      next += count
      rowsInPart += count
      execution.progress?(WorkProgress(step: "ids", done: next, total: total))
      if rowsInPart >= partRows { try close() }
    }

    private mutating func open() throws(IndexError) -> ParquetMappingWriter {
      let digits = String(number)
      let padded = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
      let place = folder.appending("part-\(padded)-\(run).parquet")
      written.insert(place.name)
      number += 1
      return try ParquetMappingWriter(to: place.openForReplacing(), mark: mark)
    }

    private mutating func close() throws(IndexError) {
      try writer?.finish()
      writer = nil
      rowsInPart = 0
    }

    /// Ends the last file; the names of all.
    mutating func finish() throws(IndexError) -> Set<String> {
      try close()
      return written
    }
  }
}
