public import VicinalCore
import VicinalFiles
import VicinalIndexes

extension IndexFile {
  /// Opens several files as one index, for example the parts that `build-index
  /// --nb-indices-to-keep` wrote. faiss: `IndexShards` over what `read_index` gives.
  ///
  /// Where parts number their vectors from 0, the ids of a part follow those of the part before;
  /// otherwise ids are those in the files.
  ///
  /// - Parameters:
  ///   - paths: Files, which may be on servers, in their order. A folder stands for the index files
  ///     in it, ordered by name, and a path of which there are only files with digits behind it,
  ///     for those.
  ///   - options: As for one file; parts may stay mapped.
  /// - Returns: A ``ShardedIndex``, or the index itself if there is one file.
  /// - Throws: As ``read(_:options:)``; ``IndexError/Code/invalidArgument`` if the parts differ in
  ///   dimension or metric.
  public static func readParts(
    _ paths: [String], options: ReadOptions = ReadOptions()
  ) throws(IndexError) -> any VectorIndex {
    var parts: [any VectorIndex] = []
    for path in try partPaths(paths) { parts.append(try read(path, options: options)) }
    if let only = parts.first, parts.count == 1 { return only }
    if let numbered = try? ShardedIndex(parts, numbering: .successive) { return numbered }
    return try ShardedIndex(parts, numbering: .global)
  }

  /// The files that paths stand for; see ``readParts(_:options:)``.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if there is nothing.
  public static func partPaths(_ paths: [String]) throws(IndexError) -> [String] {
    var found: [String] = []
    for path in paths {
      let location = try FileLocation(path)
      switch try location.status() {
      case .file: found.append(path)
      case .folder:
        let names = try location.files().filter { $0.size > 4 }.map(\.location.name)
          .filter { isIndex($0) }
        guard !names.isEmpty else {
          throw IndexError(.fileSystem, "the folder \(path) holds no index")
        }
        found += sorted(names)
      case .missing:
        let digits = try numbered(location)
        guard !digits.isEmpty else {
          throw IndexError(.fileSystem, "there is no file \(path), nor parts of it")
        }
        found += sorted(digits)
      }
    }
    return found
  }

  /// Files whose names are that of a location with digits behind it.
  private static func numbered(_ location: FileLocation) throws(IndexError) -> [String] {
    let name = location.name.split(separator: "/").last.map(String.init) ?? ""
    guard !name.isEmpty, case .folder = try location.folder.status() else { return [] }
    let stem = location.folder.appending(name).name
    return try location.folder.files().map(\.location.name).filter {
      guard $0.hasPrefix(stem) else { return false }
      let rest = $0.dropFirst(stem.count)
      return !rest.isEmpty && rest.allSatisfy(\.isWholeNumber)
    }
  }

  private static func sorted(_ names: [String]) -> [String] {
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether a file begins like an index of floats.
  private static func isIndex(_ path: String) -> Bool {
    guard let location = try? FileLocation(path), let file = try? RandomAccessFile(location),
      file.size >= 4
    else { return false }
    var code: [UInt8] = [0, 0, 0, 0]
    guard (try? file.read([0..<4], into: &code)) != nil else { return false }
    return ["Ix", "Iw", "IH", "Iv"].contains { code.starts(with: $0.utf8) }
  }
}
