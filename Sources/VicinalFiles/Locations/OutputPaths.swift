import Foundation
package import VicinalCore

/// Makes sure, before long work, that results can be written where they are wanted, and that they
/// replace neither each other nor what the work reads.
///
/// - Parameters:
///   - outputs: Files to write, with the options that name them.
///   - inputs: Files that the command reads; paths or URIs, like the outputs.
///   - folders: What is done about missing folders.
/// - Throws: ``IndexError/Code/invalidArgument`` if two paths name the same file,
///   ``IndexError/Code/fileSystem`` if one cannot be written.
package func prepareOutputs(
  _ outputs: [(option: String, path: String?)], besides inputs: [String],
  folders: MissingFolders = .refused
) throws(IndexError) {
  var users: [String: String] = [:]
  for input in inputs { users[resolved(try FileLocation(input))] = "what the command reads" }
  for (option, path) in outputs {
    guard let path else { continue }
    guard !path.isEmpty else {
      throw IndexError(.invalidArgument, "\(option) needs the path of a file")
    }
    let location = try FileLocation(path)
    if let path = location.localPath {
      try requireReplaceable(path, option)
      try prepareFolder(of: path, folders)
    } else if folders != .madeNow {
      try location.prepareForReplacing()
    }
    // After the folder is there: what a path with links means depends on it.
    let place = resolved(location)
    if let other = users[place] {
      throw IndexError(
        .invalidArgument, "\(option) \(path) would replace \(other); choose another path")
    }
    users[place] = "the file of \(option)"
  }
}

/// What is done about folders that are not there.
package enum MissingFolders {
  /// They are an error.
  case refused
  /// They are made, as AutoFaiss does.
  case made
  /// They could be made; a check before long work, after which `madeNow` follows.
  case madeLater
  /// They are made; that servers can be written to is known.
  case madeNow
}

/// A path without links, so that two spellings of one file are equal.
private func resolved(_ location: FileLocation) -> String {
  guard let path = location.localPath else { return location.name }
  let url = URL(fileURLWithPath: path)
  if FileManager.default.fileExists(atPath: path) { return url.resolvingSymlinksInPath().path }
  return url.deletingLastPathComponent().resolvingSymlinksInPath()
    .appendingPathComponent(url.lastPathComponent).path
}

/// Only a file can be replaced: no folder, no device.
private func requireReplaceable(_ path: String, _ option: String) throws(IndexError) {
  let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  let attributes = try? FileManager.default.attributesOfItem(atPath: real)
  let type = attributes?[.type] as? FileAttributeType
  guard type != .typeDirectory, !path.hasSuffix("/") else {
    throw IndexError(.fileSystem, "\(option) needs the path of a file, but \(path) is a folder")
  }
  guard type == nil || type == .typeRegular else {
    throw IndexError(.fileSystem, "\(option): \(path) is not a regular file, so it is not replaced")
  }
}

private func prepareFolder(of path: String, _ missing: MissingFolders) throws(IndexError) {
  var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
  if missing == .madeLater {
    // The folder in which the missing ones will be made.
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
  }
  if missing == .made || missing == .madeNow {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw IndexError(
        .fileSystem, "cannot make the folder \(folder.path): \(error.localizedDescription)")
    }
  }
  var isFolder = false
  if let type = try? FileManager.default.attributesOfItem(
    atPath: folder.resolvingSymlinksInPath().path)[.type] as? FileAttributeType
  {
    isFolder = type == .typeDirectory
  }
  guard isFolder else {
    throw IndexError(.fileSystem, "cannot write \(path): there is no folder \(folder.path)")
  }
  guard FileManager.default.isWritableFile(atPath: folder.path) else {
    throw IndexError(.fileSystem, "the folder \(folder.path) cannot be written to")
  }
}

/// Writes a small text file to a path or URI; it appears under its name only when it is complete.
package func writeText(_ text: String, to path: String) throws(IndexError) {
  let file = try replacingOutput(path)
  try file.write(Array((text + "\n").utf8).span.rawBytes)
  try file.commit()
}

/// The size of the file at a path or URI.
///
/// - Throws: ``IndexError/Code/fileSystem``.
package func fileSize(_ path: String) throws(IndexError) -> Int {
  try RandomAccessFile(FileLocation(path)).size
}

extension FileLocation {
  /// Whether there is a file at a path or URI.
  package static func isFile(_ path: String) -> Bool {
    guard let location = try? FileLocation(path), case .file = try? location.status() else {
      return false
    }
    return true
  }
}
