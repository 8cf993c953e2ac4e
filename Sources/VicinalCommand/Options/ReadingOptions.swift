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

  /// The vectors of files and folders.
  func open(_ paths: [String]) throws(IndexError) -> EmbeddingFiles {
    try EmbeddingFiles(paths, fileExtension: fileFormat, column: embeddingColumnName)
  }
}
