import CVicinalArrow
import VicinalCore

/// A file system that Arrow knows: a bucket, a cluster, or this machine.
package struct ArrowSystem: Sendable {
  /// The handle; systems are never closed.
  let number: Int64

  /// The file system of this machine.
  package static let local = ArrowSystem(number: Int64(VCA_LOCAL))

  private init(number: Int64) { self.number = number }

  /// Opens the file system behind a URI; the same URI gives the same one.
  ///
  /// - Parameter name: The URI without credentials, for messages.
  /// - Throws: ``IndexError/Code/unsupported`` in builds without Arrow,
  ///   ``IndexError/Code/fileSystem``.
  init(uri: String, name: String) throws(IndexError) {
    var number: Int64 = 0
    try callArrow("cannot reach \(name): ") { unsafe vca_open_system(uri, &number) }
    self.number = number
  }

  /// What is at a path.
  func status(_ path: String, name: String) throws(IndexError) -> FileStatus {
    var kind: Int32 = 0
    var size: Int64 = 0
    try callArrow("\(name) ") { unsafe vca_status(number, path, &kind, &size) }
    switch Int(kind) {
    case VCA_FILE: return .file(size: Int(size))
    case VCA_FOLDER: return .folder
    default: return .missing
    }
  }

  /// All files in a folder and below, with their sizes.
  func files(in path: String, name: String) throws(IndexError) -> [(path: String, size: Int)] {
    var count: Int64 = 0
    let listing = try ArrowHandle("\(name) ") { unsafe vca_list(number, path, &$0, &count) }
    var files: [(path: String, size: Int)] = []
    for index in 0..<count {
      var size: Int64 = 0
      try callArrow { unsafe vca_listed(listing.number, index, &size) }
      files.append((arrowText(), Int(size)))
    }
    return files
  }

  /// Makes a folder and those above it.
  func makeFolder(_ path: String, name: String) throws(IndexError) {
    try callArrow("\(name) ") { unsafe vca_make_folder(number, path) }
  }

  /// Deletes a file.
  func delete(_ path: String, name: String) throws(IndexError) {
    try callArrow("\(name) ") { unsafe vca_delete(number, path) }
  }

  /// Deletes a folder with everything in it.
  func deleteFolder(_ path: String, name: String) throws(IndexError) {
    try callArrow("\(name) ") { unsafe vca_delete_folder(number, path) }
  }
}
