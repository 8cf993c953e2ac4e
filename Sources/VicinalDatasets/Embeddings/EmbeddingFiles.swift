public import VicinalCore

/// The vectors of files and folders, here or on servers, as one long sequence.
///
/// `.npy`, `.fvecs`, `.bvecs`, `.ivecs` and `.parquet` files are read; parquet and servers
/// (`s3://`, `gs://`, `hdfs://`, see ``FileLocation``) need a build with Apache Arrow.
///
/// Folders are searched with their sub-folders. All files found are ordered by their full path,
/// byte by byte, as AutoFaiss does, so `10.npy` comes before `9.npy`; the order in which folders
/// are given does not matter. Files without rows are skipped; hidden files are ignored.
///
/// Local files other than parquet stay mapped, which costs address space but hardly any memory:
/// what was read is given back while reading on. Others are read in parts of bounded size.
///
/// ```swift
/// let embeddings = try EmbeddingFiles(["embeddings"])
/// try embeddings.forEachBatch(maxBytes: 64 << 20) { batch, first throws(IndexError) in
///   print("vectors from \(first): \(batch.count)")
/// }
/// ```
public struct EmbeddingFiles: EmbeddingSource {
  /// The files that hold vectors, in order.
  public let files: [any EmbeddingFile]

  /// Floats per vector, the same in all files.
  public let dimension: Int

  /// Vectors in all files.
  public let count: Int

  /// Number of the first vector of each file, and the count at the end.
  public let starts: [Int]

  /// What can be read.
  public static let formats = ["npy", ParquetFile.fileExtension, "fvecs", "bvecs", "ivecs"]

  /// Finds and opens files; every header is checked now, and no vector is read but the first of
  /// each parquet file.
  ///
  /// - Parameters:
  ///   - paths: Files or folders, as paths or URIs. A file that is reached twice is taken once.
  ///   - fileExtension: Which files to take from folders; all that can be read unless given, but
  ///     parquet files only if there are no others: beside `.npy` files they describe the vectors.
  ///     Files named in `paths` are taken in any case.
  ///   - column: The column of vectors in parquet files.
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported``; ``IndexError/Code/dimensionMismatch`` naming both files;
  ///   ``IndexError/Code/invalidArgument`` if a parquet file lacks the column;
  ///   ``IndexError/Code/insufficientData`` if there is no vector at all.
  public init(
    _ paths: [String], fileExtension: String? = nil, column: String = "embedding"
  ) throws(IndexError) {
    let wanted = Self.wanted(fileExtension)
    let found = try Self.search(for: wanted).files(in: paths)
    let opened = try EmbeddingFileOpening(column: column).open(found)
    var files: [any EmbeddingFile] = []
    var starts = [0]
    var total = 0
    for file in opened where file.count > 0 {
      if let first = files.first, first.dimension != file.dimension {
        throw IndexError(
          .dimensionMismatch,
          "\(file.path) holds vectors of dimension \(file.dimension), but \(first.path) of"
            + " \(first.dimension); all files must agree")
      }
      files.append(file)
      // The footer of a parquet file may claim any number.
      let (sum, overflow) = total.addingReportingOverflow(file.count)
      guard !overflow else {
        throw IndexError(.corruptFile, "\(file.path) claims to hold \(file.count) vectors")
      }
      total = sum
      starts.append(total)
    }
    guard let first = files.first else {
      throw IndexError(
        .insufficientData,
        "no embeddings found in \(paths.joined(separator: ", ")): expected"
          + " .\(wanted.joined(separator: ", .")) files with rows")
    }
    self.files = files
    self.starts = starts
    dimension = first.dimension
    count = total
  }

  /// Takes files that are open; see ``init(_:fileExtension:column:known:rows:)``.
  init(_ files: [any EmbeddingFile], starts: [Int], dimension: Int, count: Int) {
    (self.files, self.starts, self.dimension, self.count) = (files, starts, dimension, count)
  }

  static func wanted(_ fileExtension: String?) -> [String] {
    fileExtension.map { [$0.lowercased()] } ?? formats
  }

  static func search(for wanted: [String]) -> FileSearch {
    FileSearch(
      extensions: wanted.filter { $0 != ParquetFile.fileExtension },
      otherwise: wanted.filter { $0 == ParquetFile.fileExtension })
  }

  /// Gives all vectors to `body`; memory of files is given back behind it.
  ///
  /// A batch never spans two files. Plain floats are used in place, others are converted into
  /// one buffer of the size of a batch.
  public func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    var buffer: [Float] = []
    for (file, start) in zip(files, starts) {
      try file.forEachBatch(rows: max(1, rows), buffer: &buffer) {
        batch, first throws(IndexError) in
        try body(batch, start + first)
      }
    }
  }

  /// "row 2 of b.npy (row 12 of the embeddings)".
  public func place(of number: Int) -> String {
    guard files.first?.count != count, let after = starts.firstIndex(where: { $0 > number }),
      after > 0
    else { return "row \(number) of \(files.first?.path ?? "the embeddings")" }
    return "row \(number - starts[after - 1]) of \(files[after - 1].path) (row \(number) of the"
      + " embeddings)"
  }

  /// Copies chosen vectors; only they are read.
  public func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    try checkAscending(numbers)
    guard numbers.allSatisfy({ $0 >= starts[0] && $0 < starts[files.count] }) else {
      throw IndexError(.invalidArgument, "vectors were asked for of files that are not open")
    }
    let size = try checkedProduct(numbers.count, dimension, of: "the chosen vectors")
    var values = [Float](repeating: 0, count: size)
    var output = values.mutableSpan
    var next = 0
    for (number, file) in files.enumerated() where next < numbers.count {
      let end = numbers[next...].firstIndex { $0 >= starts[number + 1] } ?? numbers.count
      guard end > next else { continue }
      try file.read(
        chosen: numbers[next..<end].map { $0 - starts[number] }, into: &output,
        at: next * dimension)
      next = end
    }
    return values
  }
}
