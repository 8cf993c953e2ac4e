public import VicinalCore

/// A file that was opened before, perhaps by another process.
public struct KnownFile: Sendable, Equatable, Codable {
  /// Its path, or its URI without credentials.
  public let path: String

  /// Vectors in it.
  public let count: Int
}

extension EmbeddingFiles {
  /// What another process needs to open some of the files only.
  public var known: [KnownFile] { files.map { KnownFile(path: $0.path, count: $0.count) } }

  /// Finds all files, but opens only those that hold some of the vectors: opening thousands of files
  /// on servers takes long, and a task of many needs few. Numbers of vectors are those among all
  /// files; vectors of files that are not open cannot be read.
  ///
  /// - Parameters:
  ///   - paths: As for ``init(_:fileExtension:column:)``, like the next two.
  ///   - known: All files with vectors, in order, from ``known``.
  ///   - rows: The vectors that will be read, at least one.
  /// - Throws: As for ``init(_:fileExtension:column:)``; ``IndexError/Code/invalidArgument`` if a file
  ///   that is needed is not found, or is not as it was.
  public init(
    _ paths: [String], fileExtension: String? = nil, column: String = "embedding",
    known: [KnownFile], rows: Range<Int>
  ) throws(IndexError) {
    var found: [String: FileSearch.Found] = [:]
    for file in try Self.search(for: Self.wanted(fileExtension)).files(in: paths) {
      found[file.name] = file
    }
    var (needed, starts): ([KnownFile], [Int]) = ([], [])
    var next = 0
    for file in known {
      if next < rows.upperBound, next + file.count > rows.lowerBound {
        needed.append(file)
        starts.append(next)
      }
      next += file.count
    }
    guard let last = needed.last, let end = starts.last, rows.upperBound <= next else {
      throw IndexError(.invalidArgument, "vectors \(rows) were asked for of \(next)")
    }
    var wanted: [FileSearch.Found] = []
    for file in needed {
      guard let place = found[file.path] else {
        throw IndexError(
          .invalidArgument,
          "\(file.path) is not among the embeddings any more, or not on this machine; all machines"
            + " must see the same files")
      }
      wanted.append(place)
    }
    let files = try EmbeddingFileOpening(column: column).open(wanted)
    guard let first = files.first else {
      throw IndexError(.insufficientData, "no file holds the vectors \(rows)")
    }
    for (file, before) in zip(files, needed)
    where file.count != before.count || file.dimension != first.dimension {
      throw IndexError(
        .invalidArgument,
        "\(file.path) holds \(file.count) vectors of dimension \(file.dimension), but there were"
          + " \(before.count) of \(first.dimension); files must stay as they are during a build")
    }
    self.init(
      files, starts: starts + [end + last.count], dimension: first.dimension, count: next)
  }
}
