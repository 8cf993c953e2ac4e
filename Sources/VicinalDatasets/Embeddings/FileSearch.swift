import Foundation
import VicinalCore
import VicinalFiles

/// Finds the files that belong to a list of files and folders, here and on servers.
///
/// Sub-folders are searched; links to folders inside a folder are not followed, so that a search
/// always ends. A folder that cannot be read is an error: its vectors would be missing silently.
struct FileSearch {
  /// Which files to take from folders, in lower case.
  var extensions: [String]

  /// Which files to take if there are none of those.
  var otherwise: [String] = []

  /// A file, and its size if finding it told.
  struct Found: Sendable {
    var location: FileLocation
    var size: Int?
    /// 0 if it is wanted, 1 if it is a second choice; none if the file itself was named.
    var rank: Int?

    /// What `Found` is ordered by: its path or URI.
    var name: String { location.name }
  }

  /// All files, ordered by full path, byte by byte; the same file only once.
  func files(in paths: [String]) throws(IndexError) -> [Found] {
    // By bytes: Swift's strings are equal, but files are not, when é is written in two ways.
    var found: [[UInt8]: Found] = [:]
    for path in paths {
      let location = try FileLocation(path)
      for file in try files(at: location) {
        // Two spellings of one path name the same vectors; keep the one that sorts first.
        let key =
          file.location.localPath.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
          ?? file.name
        if let other = found[Array(key.utf8)], Self.precedes(other.name, file.name) { continue }
        found[Array(key.utf8)] = file
      }
    }
    let best = found.values.compactMap(\.rank).min()
    return found.values.filter { $0.rank == nil || $0.rank == best }
      .sorted { Self.precedes($0.name, $1.name) }
  }

  private func files(at location: FileLocation) throws(IndexError) -> [Found] {
    guard let path = location.localPath else { return try files(onServer: location) }
    // As paths: names of files may look like URIs.
    guard try isFolder(path, followingLinks: true) else {
      return [Found(location: FileLocation(localPath: path))]
    }
    return try inside(path).map {
      Found(location: FileLocation(localPath: $0), rank: rank($0))
    }
  }

  private func files(onServer location: FileLocation) throws(IndexError) -> [Found] {
    switch try location.status() {
    case .missing:
      throw IndexError(.fileSystem, "\(location.name) does not exist")
    case .file(let size): return [Found(location: location, size: size)]
    case .folder:
      return try location.files()
        .map { Found(location: $0.location, size: $0.size, rank: rank($0.location.name)) }
        .filter { $0.rank != nil }
    }
  }

  private func rank(_ name: String) -> Int? {
    let suffix = VectorFile.fileExtension(of: name)
    return extensions.contains(suffix) ? 0 : otherwise.contains(suffix) ? 1 : nil
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
        } else if rank(name) != nil, try !isFolder(path, followingLinks: true) {
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
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw IndexError(
        .fileSystem,
        "\(path) does not exist; expected a file of embeddings or a folder with such files")
    } catch {
      throw IndexError(
        .fileSystem,
        "\(path) cannot be read: \(error.localizedDescription)")
    }
  }
}
