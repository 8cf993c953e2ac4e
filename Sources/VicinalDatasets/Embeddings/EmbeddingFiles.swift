import Foundation
public import VicinalCore

/// The vectors of files and folders, as one long sequence.
///
/// Folders are searched with their sub-folders. All files found are ordered by their full path,
/// byte by byte, as AutoFaiss does, so `10.npy` comes before `9.npy`; the order in which folders
/// are given does not matter. Files without rows are skipped; hidden files are ignored.
public struct EmbeddingFiles: EmbeddingSource {
  /// The files that hold vectors, in order.
  public let files: [VectorFile]

  /// Floats per vector, the same in all files.
  public let dimension: Int

  /// Vectors in all files.
  public let count: Int

  /// Number of the first vector of each file, and the count at the end.
  let starts: [Int]

  /// Finds and opens files; every header is checked now, no vector is read.
  ///
  /// - Parameters:
  ///   - paths: Files or folders.
  ///   - fileExtension: Which files to take from folders; all that can be read unless given.
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported``; ``IndexError/Code/dimensionMismatch`` naming both files;
  ///   ``IndexError/Code/insufficientData`` if there is no vector at all.
  public init(_ paths: [String], fileExtension: String? = nil) throws(IndexError) {
    var found = Set<String>()
    for path in paths {
      for file in try Self.expand(path, fileExtension: fileExtension) { found.insert(file) }
    }
    var files: [VectorFile] = []
    for path in found.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let file = try VectorFile(path: path)
      guard file.count > 0 else { continue }
      if let first = files.first, first.dimension != file.dimension {
        throw IndexError(
          .dimensionMismatch,
          "\(path) holds vectors of dimension \(file.dimension), but \(first.path) of"
            + " \(first.dimension); all files must agree")
      }
      files.append(file)
    }
    guard let first = files.first else {
      throw IndexError(
        .insufficientData,
        "no embeddings found in \(paths.joined(separator: ", ")): expected"
          + " .\(fileExtension ?? VectorFile.extensions.joined(separator: ", .")) files with rows")
    }
    guard first.dimension > 0 else {
      throw IndexError(.corruptFile, "\(first.path) holds vectors of dimension 0")
    }
    var starts = [0]
    for file in files {
      let (sum, overflow) = starts[starts.count - 1].addingReportingOverflow(file.count)
      guard !overflow else {
        throw IndexError(.corruptFile, "the files promise more vectors than can be counted")
      }
      starts.append(sum)
    }
    self.files = files
    self.starts = starts
    dimension = first.dimension
    count = starts[starts.count - 1]
  }

  private static func expand(
    _ path: String, fileExtension: String?
  ) throws(IndexError) -> [String] {
    switch kind(of: path) {
    case .folder: return try filesInside(path, fileExtension: fileExtension)
    case .file: return [path]
    case .nothing:
      throw IndexError(.fileSystem, "\(path) does not exist or cannot be read")
    }
  }

  private enum Kind {
    case file, folder, nothing
  }

  /// What a path leads to, through symbolic links.
  private static func kind(of path: String) -> Kind {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type]
    switch type as? FileAttributeType {
    case .typeDirectory?: return .folder
    case nil: return .nothing
    default: return .file
    }
  }

  private static func filesInside(
    _ path: String, fileExtension: String?
  ) throws(IndexError) -> [String] {
    let wanted = fileExtension.map { [$0] } ?? VectorFile.extensions
    let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let walk = FileManager.default.enumerator(atPath: folder) else {
      throw IndexError(.fileSystem, "cannot list the folder \(path)")
    }
    var files: [String] = []
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    while let name = walk.nextObject() as? String {
      let parts = name.split(separator: "/")
      guard let last = parts.last, !parts.contains(where: { $0.hasPrefix(".") }) else { continue }
      let suffix = last.split(separator: ".").last.map { $0.lowercased() } ?? ""
      guard last.contains("."), wanted.contains(suffix) else { continue }
      if case .folder = kind(of: "\(base)/\(name)") { continue }
      files.append("\(base)/\(name)")
    }
    return files
  }

  /// Gives all vectors to `body`; memory of files is dropped behind it.
  public func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    var buffer: [Float] = []
    for (number, file) in files.enumerated() {
      for first in stride(from: 0, to: file.count, by: max(1, rows)) {
        let range = first..<min(file.count, first + max(1, rows))
        try file.withRows(range, buffer: &buffer) { batch throws(IndexError) in
          try body(batch, starts[number] + first)
        }
        file.discard(range)
      }
    }
  }

  /// Copies chosen vectors.
  public func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(try checkedProduct(numbers.count, dimension, of: "the sample"))
    var file = 0
    var sinceDiscard = 0
    for number in numbers {
      while number >= starts[file + 1] {
        files[file].discard(0..<files[file].count)
        file += 1
      }
      try files[file].append(number - starts[file], to: &values)
      sinceDiscard += 1
      if sinceDiscard == Self.discardEvery {
        files[file].discard(0..<number - starts[file])
        sinceDiscard = 0
      }
    }
    if let last = files.indices.last { files[last].discard(0..<files[last].count) }
    return values
  }

  /// Sampled rows each bring in a page or more of their file; dropped now and then.
  private static let discardEvery = 1024
}
