import Foundation
public import VicinalCore

extension FileLocation {
  /// What is here; links are followed.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if the server does not answer.
  public func status() throws(IndexError) -> FileStatus {
    guard let localPath else {
      let (system, path) = try arrowPlace()
      return try system.status(path, name: name)
    }
    let real = URL(fileURLWithPath: localPath).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: real) else {
      return .missing
    }
    if attributes[.type] as? FileAttributeType == .typeDirectory { return .folder }
    return .file(size: (attributes[.size] as? NSNumber)?.intValue ?? 0)
  }

  /// All files of a folder and its sub-folders, ordered by full path, byte by byte. Hidden files
  /// and folders, whose names begin with a dot, are left out.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public func files() throws(IndexError) -> [(location: FileLocation, size: Int)] {
    var found: [(location: FileLocation, size: Int)] = []
    switch place {
    case .local(let path):
      let base = path.hasSuffix("/") ? path : path + "/"
      do {
        for inside in try FileManager.default.subpathsOfDirectory(atPath: path)
        where !Self.isHidden(inside) {
          let location = FileLocation(place: .local(base + inside))
          if case .file(let size) = try location.status() { found.append((location, size)) }
        }
      } catch {
        throw IndexError(
          .fileSystem, "cannot list the folder \(path): \(error.localizedDescription)")
      }
    case .remote(let address):
      let (system, path) = try arrowPlace()
      for file in try system.files(in: path, name: name) {
        let listed = address.listed(file.path)
        guard !Self.isHidden(listed.path.dropFirst(address.path.count)) else { continue }
        found.append((FileLocation(place: .remote(listed)), file.size))
      }
    }
    return found.sorted {
      $0.location.name.utf8.lexicographicallyPrecedes($1.location.name.utf8)
    }
  }

  private static func isHidden(_ path: some StringProtocol) -> Bool {
    path.split(separator: "/").contains { $0.hasPrefix(".") }
  }

  /// A file or folder inside this folder.
  public func appending(_ part: String) -> FileLocation {
    switch place {
    case .local(let path):
      return FileLocation(place: .local(path.hasSuffix("/") ? path + part : "\(path)/\(part)"))
    case .remote(let address):
      let path = address.path.isEmpty ? part : "\(address.path)/\(part)"
      return FileLocation(place: .remote(RemoteAddress(address, path: path)))
    }
  }

  /// Makes this folder and those above it. Buckets are not made; inside them there are no folders.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``, also if there is no such bucket.
  public func makeFolder() throws(IndexError) {
    switch place {
    case .local(let path):
      do {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
      } catch {
        throw IndexError(
          .fileSystem, "cannot make the folder \(path): \(error.localizedDescription)")
      }
    case .remote(let address) where address.scheme.hasBuckets:
      let bucket = FileLocation(place: .remote(RemoteAddress(address, path: "")))
      guard try bucket.status() == .folder else {
        throw IndexError(.fileSystem, "there is no bucket \(bucket.name), or it is not accessible")
      }
    case .remote:
      let (system, path) = try arrowPlace()
      try system.makeFolder(path, name: name)
    }
  }

  /// The folder that this is in.
  public var folder: FileLocation {
    switch place {
    case .local(let path):
      let url = URL(fileURLWithPath: path).deletingLastPathComponent()
      return FileLocation(place: .local(path.contains("/") ? url.path : "."))
    case .remote(let address):
      let parts = address.path.split(separator: "/").dropLast()
      return FileLocation(
        place: .remote(RemoteAddress(address, path: parts.joined(separator: "/"))))
    }
  }

  /// Deletes a file.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public func delete() throws(IndexError) {
    guard let localPath else {
      let (system, path) = try arrowPlace()
      return try system.delete(path, name: name)
    }
    do {
      try FileManager.default.removeItem(atPath: localPath)
    } catch {
      throw IndexError(.fileSystem, "cannot delete \(localPath): \(error.localizedDescription)")
    }
  }

  /// Deletes a folder with everything in it, hidden files too; nothing if there is none.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public func deleteFolder() throws(IndexError) {
    guard case .folder = try status() else { return }
    guard localPath == nil else { return try delete() }
    let (system, path) = try arrowPlace()
    try system.deleteFolder(path, name: name)
  }

  /// Requires that a file can be written here, and makes the folders above it, before long work.
  /// Servers are asked to begin an upload, which is given up.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public func prepareForReplacing() throws(IndexError) {
    if case .folder = try status() {
      throw IndexError(.fileSystem, "\(name) is a folder, expected the path of a file")
    }
    try folder.makeFolder()
    if localPath == nil { _ = try openForReplacing() }
  }

  /// Opens a file for writing. It appears under its name when it is committed, and then replaces
  /// what was there.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  package func openForReplacing() throws(IndexError) -> any ReplacingOutput {
    switch place {
    case .local(let path): return try ReplacementFile(replacing: path)
    case .remote(let address):
      let (system, path) = try arrowPlace()
      return try ArrowOutput(
        path, in: system, name: name, isMoved: !address.scheme.hasBuckets)
    }
  }
}
