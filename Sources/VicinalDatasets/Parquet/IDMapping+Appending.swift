public import VicinalCore
import VicinalFiles

extension IDMapping {
  /// Requires, before long work, that a folder holds the ids of the first `count` vectors of an
  /// index, with the same columns, so that ``write(to:from:execution:)`` can go on behind them.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if it holds another number of ids, or others than
  ///   these columns; ``IndexError/Code/fileSystem`` as ``check(_:)``.
  public func checkAppending(to folder: String, after count: Int) throws(IndexError) {
    let place = try FileLocation(folder)
    _ = try partsBehind(count, of: Self.earlierParts(place), in: place)
  }

  /// Parts that stand behind those of the first `count` vectors: what an interrupted call left.
  ///
  /// - Returns: These parts, and the number of the part that comes next.
  func partsBehind(
    _ count: Int, of parts: [FileLocation], in folder: FileLocation
  ) throws(IndexError) -> (parts: [FileLocation], next: Int) {
    var rows = 0
    var behind: [FileLocation] = []
    var next = 0
    var here: ParquetColumnStream?
    if let file = files.first as? ParquetFile, !columns.isEmpty {
      here = try ParquetColumnStream(file.footer, columns: columns, batchRows: 1)
    }
    for part in parts.sorted(by: { Self.partNumber($0) < Self.partNumber($1) }) {
      guard rows < count else {
        behind.append(part)
        continue
      }
      let footer = try ParquetFooter(part)
      guard try footer.columnCount() == columns.count + 1 else {
        throw IndexError(
          .invalidArgument,
          "\(part.name) has other columns than \(columns.joined(separator: ", ")) and i; ids that are"
            + " added need the id columns of those before")
      }
      // Names what is missing.
      _ = try ParquetColumnStream(footer, columns: columns + ["i"], batchRows: 1)
      if let here {
        let same = try ParquetColumnStream(footer, columns: columns, batchRows: 1)
        try here.requireTypes(of: same)
      }
      rows += footer.rows
      next = Self.partNumber(part) + 1
    }
    guard rows == count else {
      throw IndexError(
        .invalidArgument,
        "\(folder.name) holds the ids of \(rows) vectors, but the index holds \(count); ids can only"
          + " go on behind those of the index")
    }
    return (behind, next)
  }

  /// The number in the name of a part of ours.
  private static func partNumber(_ part: FileLocation) -> Int {
    let name = part.name.split(separator: "/").last ?? ""
    return Int(name.dropFirst("part-".count).prefix(8)) ?? 0
  }
}
