import VicinalFiles

/// Where the files of a build go: paths, or URIs of servers.
///
/// Of several indexes each has its own files, told apart by ``IndexParts/suffixes(_:)``.
public struct BuildOutputs: Sendable {
  /// The index. AutoFaiss: `index_path`.
  public var indexPath: String

  /// What was chosen and measured, as JSON. AutoFaiss: `index_infos_path`.
  public var infosPath: String

  /// A page about the build; none unless given.
  public var reportPath: String?

  /// The folder of parquet files that say which vector is which; none unless given. AutoFaiss:
  /// `ids_path`.
  public var idsPath: String?

  /// Columns of parquet embeddings that are written there. AutoFaiss: `id_columns`.
  public var idColumns: [String] = []

  /// Whether index, infos and page are written; otherwise they are only made. AutoFaiss:
  /// `save_on_disk`.
  public var isSaving = true

  /// AutoFaiss's names, in the current folder.
  public init(indexPath: String = "knn.index", infosPath: String = "index_infos.json") {
    (self.indexPath, self.infosPath) = (indexPath, infosPath)
  }

  /// The page of one of the indexes, whose suffix goes in front of the extension.
  package func page(suffix: String = "") -> String? {
    guard isSaving, let reportPath else { return nil }
    guard reportPath.hasSuffix(".html") else { return reportPath + suffix }
    return reportPath.dropLast(5) + suffix + ".html"
  }

  /// The path of the page that belongs to a file of infos: `index_report.html` for
  /// `index_infos.json`, `a.html` for `a.json`.
  public static func page(besides infosPath: String) -> String {
    var stem = infosPath
    if stem.hasSuffix(".json") { stem.removeLast(5) }
    if stem.hasSuffix("infos") { stem = stem.dropLast(5) + "report" }
    return stem + ".html"
  }

  /// The files of one of the indexes.
  func files(suffix: String) -> [String] {
    [indexPath + suffix, infosPath + suffix] + [page(suffix: suffix)].compactMap(\.self)
  }

  /// All files of so many indexes, with the options that name them.
  package func named(_ parts: Int) -> [(option: String, path: String?)] {
    IndexParts.suffixes(parts).flatMap {
      [
        ("index-path", indexPath + $0), ("index-infos-path", infosPath + $0),
        ("report", page(suffix: $0)),
      ]
    }
  }

  /// Which files of one of the indexes are there already.
  func existing(suffix: String) -> Set<String> {
    Set(files(suffix: suffix).filter(FileLocation.isFile))
  }
}
