import VicinalCoding
import VicinalCore
import VicinalIndexes

/// Where the content of inverted lists lies: `ilar`, `ilbl`, `ilp2`, `ilod`, `il00`, or the arrays of old releases.
struct InvertedListsRecord: Sendable {
  /// A list that holds something.
  struct Place: Sendable {
    let list: Int
    /// The vectors or codes.
    let rows: Range<Int>
    /// The 64-bit ids.
    let ids: Range<Int>
  }

  let code: RecordCode
  let listCount: Int
  /// Bytes of a vector or code.
  let codeSize: Int
  /// How codes lie in a list.
  let layout: CodeLayout
  /// How floats lie in a list, if not in rows.
  let panorama: PanoramaLayout?
  /// The second file that holds the lists, if it does.
  private(set) var disk: OnDiskListsRecord?
  /// In ascending order.
  private(set) var places: [Place] = []
  /// Vectors in all lists.
  private(set) var count = 0
  private(set) var range: Range<Int>

  /// Reads the lists of an inverted file.
  ///
  /// - Parameter legacyUnit: Bytes that counts of old releases are in.
  init(
    reading cursor: inout ByteCursor, _ fields: IVFFields, codeSize: Int,
    layout: CodeLayout = .rows, panorama: PanoramaLayout? = nil, legacyUnit: Int
  ) throws(IndexError) {
    if fields.isLegacy {
      try self.init(legacy: &cursor, fields, codeSize: codeSize, unit: legacyUnit)
    } else {
      try self.init(
        reading: &cursor, header: fields.header, listCount: fields.listCount, codeSize: codeSize,
        layout: layout, panorama: panorama)
    }
  }

  /// Reads a record of its own, from its code on; `header` and `listCount` are those of the
  /// inverted file.
  init(
    reading cursor: inout ByteCursor, header: IndexHeader, listCount: Int, codeSize: Int,
    layout: CodeLayout, panorama: PanoramaLayout? = nil
  ) throws(IndexError) {
    let start = cursor.offset
    self.panorama = panorama
    code = try cursor.code("the code of the inverted lists")
    self.listCount = listCount
    self.codeSize = codeSize
    self.layout = layout
    range = start..<start
    switch code {
    case "ilar" where layout == .rows && panorama == nil: try readLists(&cursor)
    case "ilp2" where panorama != nil, "ilpn" where panorama != nil: try readLists(&cursor)
    case "ilbl" where layout != .rows: try readBlocks(&cursor)
    case "il00":
      guard header.count == 0 else {
        throw cursor.failure(
          .unsupported,
          "the file was written without its inverted lists (il00), so its \(header.count) vectors"
            + " are missing; write it again with them", at: start)
      }
    case "ilod" where layout == .rows && panorama == nil:
      try readListCount(&cursor)
      try readRowBytes(&cursor)
      let disk = try OnDiskListsRecord(
        reading: &cursor, listCount: listCount, codeSize: codeSize)
      for place in disk.places { add(place) }
      self.disk = disk
    case "ilar", "ilbl", "ilp2", "ilpn", "ilod":
      throw cursor.failure(
        .unsupported,
        "inverted lists of kind \(code) cannot be read here; \(layout == .rows ? "ilar" : "ilbl") can",
        at: start)
    default:
      throw cursor.corrupt("\(code) is not the code of inverted lists", at: start)
    }
    range = start..<cursor.offset
  }

  private func readListCount(_ cursor: inout ByteCursor) throws(IndexError) {
    let lists = try cursor.count("the number of lists")
    guard lists == listCount else {
      throw cursor.corrupt(
        "there are \(lists) inverted lists, expected \(listCount)", at: cursor.offset - 8)
    }
  }

  /// `ilbl`: ids and interleaved codes of every list, each with its length in front.
  private mutating func readBlocks(_ cursor: inout ByteCursor) throws(IndexError) {
    try readListCount(&cursor)
    _ = try cursor.integer(UInt64.self, "an unused field")
    let vectors = try cursor.count("the vectors of a block")
    let blockBytes = try cursor.count("the bytes of a block")
    let expected = layout.byteCount(codes: layout.blockCount, codeSize: codeSize)
    guard vectors == layout.blockCount, blockBytes == expected else {
      throw cursor.corrupt(
        "blocks hold \(vectors) vectors in \(blockBytes) bytes, expected \(layout.blockCount) in"
          + " \(expected)", at: cursor.offset - 16)
    }
    for list in 0..<listCount {
      let ids = try cursor.array(of: 8, "the ids of list \(list)")
      let place = cursor.offset
      let codes = try cursor.array(of: 1, "the codes of list \(list)")
      guard let bytes = layout.checkedByteCount(codes: ids.count, codeSize: codeSize),
        codes.count == bytes
      else {
        throw cursor.corrupt(
          "list \(list) has \(ids.count) ids and \(codes.count) bytes of codes", at: place)
      }
      if ids.count > 0 { add(Place(list: list, rows: codes.range, ids: ids.range)) }
    }
  }

  private func readRowBytes(_ cursor: inout ByteCursor) throws(IndexError) {
    let found = try cursor.count("the bytes of a vector")
    guard found == codeSize else {
      throw cursor.corrupt(
        "a vector takes \(found) bytes, expected \(codeSize)", at: cursor.offset - 8)
    }
  }

  private mutating func readLists(_ cursor: inout ByteCursor) throws(IndexError) {
    try readListCount(&cursor)
    let rowBytes = codeSize
    try readRowBytes(&cursor)
    if let panorama {
      let start = cursor.offset
      let batch = code == "ilpn" ? PanoramaLayout.oldBatch : nil
      let own = try PanoramaLayout(
        reading: &cursor, dimension: codeSize / 4, batch: batch)
      guard own == panorama else {
        throw cursor.corrupt(
          "lists of \(own.levels) levels and batches of \(own.batchVectors) are in an index of"
            + " \(panorama.levels) and \(panorama.batchVectors)", at: start)
      }
    }
    let place = cursor.offset
    let form = try cursor.code("the form of the list sizes")
    switch form {
    case "full": try readFullSizes(&cursor, rowBytes)
    case "sprs": try readSparseSizes(&cursor, rowBytes)
    default:
      throw cursor.corrupt("list sizes must be in form full or sprs, found \(form)", at: place)
    }
  }

  private mutating func readFullSizes(
    _ cursor: inout ByteCursor, _ rowBytes: Int
  ) throws(IndexError) {
    let sizes = try cursor.array(of: 8, "the list sizes")
    guard sizes.count == listCount else {
      throw cursor.corrupt(
        "there are \(sizes.count) list sizes for \(listCount) lists", at: sizes.range.lowerBound)
    }
    for list in 0..<listCount {
      let size = cursor.element(sizes, list)
      try readList(list, size: size, &cursor, rowBytes)
    }
  }

  private mutating func readSparseSizes(
    _ cursor: inout ByteCursor, _ rowBytes: Int
  ) throws(IndexError) {
    let pairs = try cursor.array(of: 8, "the sizes of filled lists")
    guard pairs.count.isMultiple(of: 2) else {
      throw cursor.corrupt(
        "list numbers and sizes must come in pairs, found \(pairs.count) values",
        at: pairs.range.lowerBound)
    }
    var next = 0
    for pair in stride(from: 0, to: pairs.count, by: 2) {
      let list = cursor.element(pairs, pair)
      guard list >= next, list < listCount else {
        throw cursor.corrupt(
          "list numbers must ascend and be below \(listCount), found \(list)",
          at: pairs.range.lowerBound + pair * 8)
      }
      next = Int(list) + 1
      try readList(Int(list), size: cursor.element(pairs, pair + 1), &cursor, rowBytes)
    }
  }

  private mutating func readList(
    _ list: Int, size: UInt64, _ cursor: inout ByteCursor, _ rowBytes: Int
  ) throws(IndexError) {
    guard size > 0 else { return }
    guard size <= UInt64(cursor.remaining / (rowBytes + 8)) else {
      throw cursor.corrupt(
        "list \(list) should hold \(size) vectors of \(rowBytes) bytes with ids, but"
          + " \(cursor.remaining) bytes are left")
    }
    guard let panorama else {
      let rows = try cursor.skip(Int(size) * rowBytes, "the vectors of list \(list)")
      let ids = try cursor.skip(Int(size), of: 8, "the ids of list \(list)")
      return add(Place(list: list, rows: rows, ids: ids))
    }
    guard
      let padded = PanoramaRows(layout: panorama, dimension: rowBytes / 4).paddedCount(Int(size))
    else { throw cursor.corrupt("list \(list) of \(size) vectors has too large batches") }
    let rows = try cursor.skip(padded, of: rowBytes, "the vectors of list \(list)")
    let ids = try cursor.skip(Int(size), of: 8, "the ids of list \(list)")
    _ = try cursor.skip(
      padded, of: 4 * (panorama.levels + 1), "the lengths of list \(list)")
    add(Place(list: list, rows: rows, ids: ids))
  }

  private mutating func add(_ place: Place) {
    places.append(place)
    count += place.ids.count / 8
  }
}

extension InvertedListsRecord {
  /// Reads the arrays of old releases, one per list with its length in front, counted in `unit`
  /// bytes. The ids of each list were read before.
  private init(
    legacy cursor: inout ByteCursor, _ fields: IVFFields, codeSize: Int, unit: Int
  ) throws(IndexError) {
    let start = cursor.offset
    code = fields.code
    listCount = fields.listCount
    self.codeSize = codeSize
    layout = .rows
    panorama = nil
    range = start..<start
    for (list, ids) in fields.legacyIDs.enumerated() {
      let place = cursor.offset
      let rows = try cursor.array(of: unit, "the vectors of list \(list)")
      let (bytes, overflow) = ids.count.multipliedReportingOverflow(by: codeSize)
      guard !overflow, rows.range.count == bytes else {
        throw cursor.corrupt(
          "list \(list) has \(ids.count) ids and \(rows.range.count) bytes of vectors, expected"
            + " \(codeSize) for each", at: place)
      }
      if ids.count > 0 { add(Place(list: list, rows: rows.range, ids: ids.range)) }
    }
    range = start..<cursor.offset
  }
}

extension ByteCursor {
  /// Element `index` of an array of 64-bit integers that was read.
  func element(_ array: ArrayPlace, _ index: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(array.range.lowerBound + index * 8, as: UInt64.self))
  }
}
