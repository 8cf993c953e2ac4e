import VicinalCoding
import VicinalCore
import VicinalIndexes

/// The lists of several files, one behind the other: list i of the result is list i of the first
/// file, then list i of the second, and so on. They are copied from mapping to file, so that no
/// more than a list is in memory.
struct MergedLists {
  private let parts: [ListFile]

  /// Vectors in each list of the result.
  let sizes: [Int]

  /// Vectors in all lists.
  var count: Int { sizes.reduce(0, +) }

  /// Bytes of the mapped files that are touched before their pages are given back.
  private static let residentBytes = 16 << 20

  /// Puts files together; they have been checked to be alike.
  init(_ parts: [ListFile]) {
    self.parts = parts
    var sizes = [Int](repeating: 0, count: parts.first?.lists.listCount ?? 0)
    for part in parts {
      for place in part.lists.places { sizes[place.list] += place.ids.count / 8 }
    }
    self.sizes = sizes
  }

  /// Where every id is, for ids 0 ..< count.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for other ids.
  func directMap() throws(IndexError) -> DirectMap {
    var map = DirectMap(kind: .array)
    map.array = [Int64](repeating: -1, count: count)
    var touched = 0
    try forEachList { list, places throws(IndexError) in
      var offset = 0
      for (part, place) in places {
        let file = parts[part].file
        for start in stride(from: place.ids.lowerBound, to: place.ids.upperBound, by: 8) {
          let id = Int64(littleEndian: file.bytes.loadUnaligned(start, as: Int64.self))
          guard map.array.indices.contains(Int(id)) else {
            throw IndexError(
              .unsupported,
              "a direct map of kind array needs the ids 0 ..< \(map.array.count), but there is \(id)"
            )
          }
          map.array[Int(id)] = DirectMap.location(list: list, offset: offset)
          offset += 1
        }
        giveBack(place.ids.count, &touched)
      }
    }
    giveBackAll()
    return map
  }

  /// Writes the lists in faiss's format.
  func write(codeSize: Int, layout: CodeLayout, to sink: inout ByteSink) throws(IndexError) {
    if layout == .rows {
      try InvertedListsRecord.writeHead(sizes: sizes, codeSize: codeSize, to: &sink)
    } else {
      try InvertedListsRecord.writeBlocksHead(sizes.count, codeSize, layout, to: &sink)
    }
    var touched = 0
    try forEachList { list, places throws(IndexError) in
      if layout == .rows {
        for (part, place) in places { try copy(part, place.rows, &touched, to: &sink) }
        for (part, place) in places { try copy(part, place.ids, &touched, to: &sink) }
      } else {
        try sink.count(sizes[list])
        for (part, place) in places { try copy(part, place.ids, &touched, to: &sink) }
        let bytes = layout.byteCount(codes: sizes[list], codeSize: codeSize)
        try sink.count(bytes)
        guard bytes > 0 else { return }
        if sink.isCounting { return try sink.pass(bytes) }
        let block = block(of: places, codeSize, layout, &touched)
        let content = block.bytes
        try sink.write(content.bytes.extracting(0..<bytes))
      }
    }
    giveBackAll()
  }

  /// Interleaved codes of several files in one block.
  private func block(
    of places: [(part: Int, place: InvertedListsRecord.Place)], _ codeSize: Int,
    _ layout: CodeLayout, _ touched: inout Int
  ) -> CodeBlock {
    var block = CodeBlock(codeSize: codeSize, layout: layout)
    for (part, place) in places {
      let count = place.ids.count / 8
      let source = CodeBlock(
        bytes: parts[part].file.storage(place.rows), count: count, codeSize: codeSize,
        layout: layout)
      let codes = source.plainCodes()
      block.append(codes.span.rawBytes, count: count)
      giveBack(place.rows.count, &touched)
    }
    return block
  }

  private func copy(
    _ part: Int, _ range: Range<Int>, _ touched: inout Int, to sink: inout ByteSink
  ) throws(IndexError) {
    let file = parts[part].file
    try sink.write(file.bytes.extracting(range))
    if !sink.isCounting { giveBack(range.count, &touched) }
  }

  /// Calls `body` for every list, in order, with its places in the files.
  private func forEachList(
    _ body: (Int, [(part: Int, place: InvertedListsRecord.Place)]) throws(IndexError) -> Void
  ) throws(IndexError) {
    var next = [Int](repeating: 0, count: parts.count)
    for list in sizes.indices {
      var here: [(part: Int, place: InvertedListsRecord.Place)] = []
      for (number, part) in parts.enumerated() {
        let places = part.lists.places
        guard next[number] < places.count, places[next[number]].list == list else { continue }
        here.append((number, places[next[number]]))
        next[number] += 1
      }
      try body(list, here)
    }
  }

  private func giveBack(_ bytes: Int, _ touched: inout Int) {
    touched += bytes
    guard touched >= Self.residentBytes else { return }
    touched = 0
    giveBackAll()
  }

  private func giveBackAll() {
    for part in parts { part.file.discard(0..<part.file.count) }
  }
}
