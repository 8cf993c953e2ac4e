import Vicinal

/// The options of `vicinal_build_files` beside those of `vicinal_build`: where files go, and in how many
/// steps.
struct FileBuildOptions: Decodable {
  var index_path: String?
  var index_infos_path: String?
  var report: String?
  var ids_path: String?
  var id_columns: [String]?
  var file_format: String?
  var embedding_column_name: String?
  var nb_indices_to_keep: Int?
  var append: Bool?
  var resume: Bool?
  var checkpoint_vectors: Int?

  static let names = [
    "index_path", "index_infos_path", "report", "ids_path", "id_columns", "file_format",
    "embedding_column_name", "nb_indices_to_keep", "append", "resume", "checkpoint_vectors",
  ]

  /// Builds, and returns the infos of every index.
  func run(
    _ options: BuildOptions, _ paths: [String], execution: Execution
  ) throws(IndexError) -> [IndexInfos] {
    let source = try EmbeddingFiles(
      paths, fileExtension: file_format, column: embedding_column_name ?? "embedding")
    var outputs = BuildOutputs()
    if let index_path { outputs.indexPath = index_path }
    if let index_infos_path { outputs.infosPath = index_infos_path }
    outputs.reportPath = report
    (outputs.idsPath, outputs.idColumns) = (ids_path, id_columns ?? [])
    var build = IndexFileBuild(try options.pipeline(), to: outputs)
    build.parts = nb_indices_to_keep ?? 1
    (build.isResuming, build.checkpointRows) = (resume ?? false, checkpoint_vectors)
    guard append == true else { return try build.make(from: source, execution: execution) }
    guard build.parts == 1, !build.isResuming else {
      throw IndexError(
        .invalidArgument, "append goes with neither nb_indices_to_keep nor resume")
    }
    return [try build.append(source, execution: execution)]
  }
}
