import Foundation
import VicinalCore

/// `ilod`: where lists lie in a second file (section 4.6 of the format document; faiss:
/// `OnDiskInvertedLists`). Lists are read into memory, or viewed if files are mapped, and written
/// as lists in memory.
struct OnDiskListsRecord: Sendable {
  /// The name of the second file as it stands in the first.
  let fileName: String
  /// Bytes that the second file must have.
  let byteCount: Int
  /// Lists that hold something, with places in the second file.
  private(set) var places: [InvertedListsRecord.Place] = []

  /// Bytes of an entry: size, capacity, offset.
  private static let entryBytes = 24

  /// A list without storage.
  private static let nowhere = UInt64.max

  /// Reads what comes behind the number of lists and the size of a code.
  init(
    reading cursor: inout ByteCursor, listCount: Int, codeSize: Int
  ) throws(IndexError) {
    let entries = try cursor.array(of: Self.entryBytes, "the places of the lists")
    guard entries.count == listCount else {
      throw cursor.corrupt(
        "there are places of \(entries.count) lists, expected \(listCount)",
        at: entries.range.lowerBound)
    }
    _ = try cursor.array(of: 16, "the free places")
    let name = try cursor.array(of: 1, "the name of the second file")
    fileName = String(decoding: cursor.bytes.numbers(in: name.range, as: UInt8.self), as: UTF8.self)
    byteCount = try cursor.count("the bytes of the second file")
    for list in 0..<listCount {
      let values = ArrayPlace(
        count: 3,
        range: entries.range.lowerBound + list * Self.entryBytes..<entries.range.upperBound)
      let (size, capacity) = (cursor.element(values, 0), cursor.element(values, 1))
      let offset = cursor.element(values, 2)
      guard size > 0 else { continue }
      // With offset and capacity within the file, sums and products are too.
      guard offset != Self.nowhere, size <= capacity, offset <= UInt64(byteCount),
        capacity <= (UInt64(byteCount) - offset) / UInt64(codeSize + 8)
      else {
        throw cursor.corrupt(
          "list \(list) should hold \(size) of \(capacity) vectors at byte \(offset) of a second"
            + " file of \(byteCount) bytes", at: values.range.lowerBound)
      }
      let rows = Int(offset)
      let ids = rows + Int(capacity) * codeSize
      places.append(
        InvertedListsRecord.Place(
          list: list, rows: rows..<rows + Int(size) * codeSize, ids: ids..<ids + Int(size) * 8))
    }
  }

  /// Opens the second file: the one of that name in the folder of the first. Folders that the first
  /// file names are not trusted.
  func open(beside source: borrowing ByteSource) throws(IndexError) -> MappedFile {
    guard let first = source.path else {
      throw IndexError(
        .unsupported,
        "\(source.name): the inverted lists are in a second file (ilod), which cannot be found from"
          + " bytes in memory; read the index from its file")
    }
    let name = String(fileName.split(separator: "/").last ?? "")
    let path = URL(fileURLWithPath: first).deletingLastPathComponent().appendingPathComponent(name)
      .path
    guard !name.isEmpty, name != "..", FileManager.default.fileExists(atPath: path) else {
      throw IndexError(
        .unsupported,
        "\(first): the inverted lists are in a second file (ilod) named '\(fileName)'; it must lie"
          + " beside the index as '\(name)'")
    }
    let file = try MappedFile(path: path)
    guard file.count >= byteCount else {
      throw IndexError(
        .corruptFile,
        "\(path) holds the inverted lists of \(first) and must have \(byteCount) bytes, but has"
          + " \(file.count)")
    }
    return file
  }
}
