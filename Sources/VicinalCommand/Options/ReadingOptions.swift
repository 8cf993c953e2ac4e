import ArgumentParser
import Vicinal

/// Options of subcommands that read vectors of any format.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: """
      Which files to take from folders: npy, parquet, fvecs, bvecs or ivecs; all unless given, \
      but parquet only if there are no others.
      """)
  var fileFormat: String?

  @Option(help: "The column of parquet files that holds the vectors.")
  var embeddingColumnName = "embedding"

  func validate() throws {
    let known = EmbeddingFiles.formats
    guard let fileFormat, !known.contains(fileFormat) else { return }
    throw ValidationError(
      "--file-format must be \(known.dropLast().joined(separator: ", ")) or ivecs, got"
        + " '\(fileFormat)'")
  }

  /// Some of the vectors of files and folders, whose files are known.
  func open(
    _ paths: [String], _ known: [KnownFile], _ rows: Range<Int>
  ) throws(IndexError) -> EmbeddingFiles {
    try EmbeddingFiles(
      paths, fileExtension: fileFormat, column: embeddingColumnName, known: known, rows: rows)
  }

  /// Says which parquet files of folders on this machine were left out, because there are others.
  func remark(_ paths: [String], _ source: EmbeddingFiles) -> String? {
    guard fileFormat == nil else { return nil }
    let used = Set(source.files.map(\.path))
    var ignored: [String] = []
    for path in paths {
      guard let folder = try? FileLocation(path), folder.localPath != nil,
        case .folder = try? folder.status(), let files = try? folder.files()
      else { continue }
      ignored += files.map(\.location.name).filter {
        $0.lowercased().hasSuffix(".parquet") && !used.contains($0)
      }
    }
    guard let first = ignored.first else { return nil }
    let which =
      ignored.count == 1 ? "\(first) is" : "\(ignored.count) files, \(first) the first, are"
    return which
      + " not read: parquet files beside others describe them; --file-format parquet reads them"
  }

  /// The vectors of files and folders.
  func open(_ paths: [String]) throws(IndexError) -> EmbeddingFiles {
    try EmbeddingFiles(paths, fileExtension: fileFormat, column: embeddingColumnName)
  }
}
