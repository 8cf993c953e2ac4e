import Foundation
import VicinalCore

/// Finds the files that belong to a list of files and folders.
///
/// Sub-folders are searched; links to folders inside a folder are not followed, so that a search
/// always ends. A folder that cannot be read is an error: its vectors would be missing silently.
struct FileSearch {
  /// Which files to take from folders, in lower case.
  var extensions: [String]

  /// All files, ordered by full path, byte by byte; the same file only once.
  func files(in paths: [String]) throws(IndexError) -> [String] {
    // By bytes: Swift's strings are equal, but files are not, when é is written in two ways.
    var found: [[UInt8]: String] = [:]
    for path in paths {
      for file in try isFolder(path, followingLinks: true) ? inside(path) : [path] {
        // Two spellings of one path name the same vectors; keep the one that sorts first.
        let key = Array(URL(fileURLWithPath: file).standardizedFileURL.path.utf8)
        if let other = found[key], Self.precedes(other, file) { continue }
        found[key] = file
      }
    }
    return found.values.sorted(by: Self.precedes)
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private func inside(_ path: String) throws(IndexError) -> [String] {
    var files: [String] = []
    var folders = [path]
    while let folder = folders.popLast() {
      let base = folder.hasSuffix("/") ? folder : folder + "/"
      for name in try names(in: folder) where !name.hasPrefix(".") {
        let path = base + name
        if try isFolder(path, followingLinks: false) {
          folders.append(path)
        } else if extensions.contains(VectorFile.fileExtension(of: name)),
          try !isFolder(path, followingLinks: true)
        {
          files.append(path)
        }
      }
    }
    return files
  }

  private func names(in folder: String) throws(IndexError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw IndexError(
        .fileSystem, "cannot list the folder \(folder): \(error.localizedDescription)")
    }
  }

  private func isFolder(_ path: String, followingLinks: Bool) throws(IndexError) -> Bool {
    let real =
      followingLinks ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: real)
      return attributes[.type] as? FileAttributeType == .typeDirectory
    } catch {
      throw IndexError(
        .fileSystem,
        "\(path) does not exist or cannot be read: \(error.localizedDescription)")
    }
  }
}
