import Foundation
package import VicinalCore
import VicinalFiles
import VicinalStorage

/// What an earlier build with other numbers of indexes left under the same path. `vicinal search` takes
/// all files with digits behind the path together, so that vectors would be found twice.
extension IndexFileBuild {
  /// Widths of the digits that are looked for: up to a million parts.
  private static let widths = 1...6

  /// Removes parts of an earlier index, once the new one is complete, and says so.
  ///
  /// Removed are index files with such names if infos beside them say that they are ours; others are
  /// told of.
  ///
  /// - Parameter count: Indexes that this build wrote.
  /// - Throws: ``IndexError/Code/fileSystem`` if one cannot be removed.
  package func removeEarlier(count: Int) throws(IndexError) {
    guard outputs.isSaving else { return }
    let width = IndexParts.suffixes(count)[0].count
    // The file without a number would be searched instead of the parts.
    if width > 0, isIndex(outputs.indexPath), outputs.indexPath != trainedIndex {
      try remove(suffix: "")
    }
    for other in Self.widths {
      for number in (other == width ? count : 0)... {
        let digits = String(number)
        guard digits.count <= other else { break }
        let suffix = String(repeating: "0", count: other - digits.count) + digits
        guard isIndex(outputs.indexPath + suffix) else { break }
        if isDescribed(suffix) {
          try remove(suffix: suffix)
        } else if width > 0 {
          warn(
            "\(outputs.indexPath + suffix) is an index too, which search takes for a part of"
              + " \(outputs.indexPath); remove it, or search the new files by their names")
          break
        }
      }
    }
  }

  private func isIndex(_ path: String) -> Bool {
    FileLocation.isFile(path) && (try? IndexFile.describe(path)) != nil
  }

  /// Whether the infos that belong to a suffix are those of the index with this suffix.
  private func isDescribed(_ suffix: String) -> Bool {
    guard let infos = IndexInfos.written(at: outputs.infosPath + suffix) else { return false }
    let name = (outputs.indexPath + suffix).split(separator: "/").last
    return name != nil && infos.indexPath.split(separator: "/").last == name
  }

  private func remove(suffix: String) throws(IndexError) {
    let isDescribed = isDescribed(suffix)
    try FileLocation(outputs.indexPath + suffix).delete()
    warn("removed \(outputs.indexPath + suffix), which an earlier build had left")
    guard isDescribed else { return }
    try FileLocation(outputs.infosPath + suffix).delete()
    guard let path = outputs.page(suffix: suffix), let page = try? FileLocation(path).localPath,
      let text = try? String(contentsOfFile: page, encoding: .utf8),
      text.contains("index report</title>")
    else { return }
    try FileLocation(path).delete()
  }

  /// After a failure: removes what the build wrote, and says what cannot be taken back.
  ///
  /// - Parameters:
  ///   - suffixes: Of the indexes that were begun.
  ///   - before: Files that were there before.
  func takeBack(_ suffixes: some Sequence<String>, before: Set<String>) {
    var replaced: [String] = []
    for suffix in suffixes {
      for path in outputs.files(suffix: suffix)
      where !before.contains(path) && FileLocation.isFile(path) {
        do {
          try FileLocation(path).delete()
        } catch {
          warn(error.message)
        }
      }
      if before.contains(outputs.indexPath + suffix) { replaced.append(outputs.indexPath + suffix) }
    }
    guard let first = replaced.first, let last = replaced.last else { return }
    warn(
      "\(first == last ? first : "\(first) to \(last)") may be of this build, which did not end, and"
        + " others of an earlier one; build again before they are searched")
  }
}
