import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalIndexes

extension InvertedListsRecord {
  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range)
    description.count = count
    description.listCount = listCount
    description.filledListCount = places.count
    return description.inRole("inverted lists")
  }

  /// Runs `body` with the file that holds the lists: the one of the index, or a second one.
  func withContent<Result>(
    of source: inout ByteSource, _ body: (inout ByteSource) throws(IndexError) -> Result
  ) throws(IndexError) -> Result {
    guard let disk else { return try body(&source) }
    let file = try disk.open(beside: source)
    var second = try ByteSource(file.bytes, name: file.path, file: file, options: source.options)
    return try body(&second)
  }

  /// The lists with their content.
  func lists(from source: inout ByteSource, dimension: Int) throws(IndexError) -> [InvertedList] {
    try withContent(of: &source) { content throws(IndexError) in
      try lists(in: &content, dimension: dimension)
    }
  }

  private func lists(
    in source: inout ByteSource, dimension: Int
  ) throws(IndexError) -> [InvertedList] {
    let empty = InvertedList(rows: ByteStorage(), ids: ByteStorage(), dimension: dimension)
    var lists = Array(repeating: empty, count: listCount)
    for place in places {
      let rows: ByteStorage
      if let panorama {
        rows = try PanoramaRows(layout: panorama, dimension: dimension).rows(
          in: place.rows, count: place.ids.count / 8, from: &source)
      } else {
        rows = try source.storage(place.rows)
      }
      lists[place.list] = InvertedList(
        rows: rows, ids: try source.storage(place.ids),
        dimension: dimension)
    }
    return lists
  }

  /// The lists of codes with their content.
  func lists(
    from source: inout ByteSource, codec: any VectorCodec
  ) throws(IndexError) -> [InvertedList] {
    try withContent(of: &source) { content throws(IndexError) in
      try lists(in: &content, codec: codec)
    }
  }

  private func lists(
    in source: inout ByteSource, codec: any VectorCodec
  ) throws(IndexError) -> [InvertedList] {
    let none = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
    let empty = InvertedList(codes: none, ids: ByteStorage(), dimension: codec.dimension)
    var lists = Array(repeating: empty, count: listCount)
    for place in places {
      let codes = CodeBlock(
        bytes: try source.storage(place.rows), count: place.ids.count / 8,
        codeSize: codec.codeSize, layout: codec.layout)
      lists[place.list] = InvertedList(
        codes: codes, ids: try source.storage(place.ids), dimension: codec.dimension)
    }
    return lists
  }

  /// Writes lists as `ilar`, or as `ilbl` if they are interleaved.
  static func write(
    _ lists: [InvertedList], codeSize: Int, layout: CodeLayout = .rows, to sink: inout ByteSink
  ) throws(IndexError) {
    // A coarse quantizer with lists of its own holds its cells.
    if let merged = sink.mergedLists, lists.allSatisfy({ $0.count == 0 }) {
      return try merged.write(codeSize: codeSize, layout: layout, to: &sink)
    }
    guard layout == .rows else { return try writeBlocks(lists, codeSize, layout, to: &sink) }
    try writeHead(sizes: lists.map(\.count), codeSize: codeSize, to: &sink)
    for list in lists where list.count > 0 {
      let ids = list.ids
      if let codes = list.codes {
        let bytes = codes.bytes
        try sink.write(bytes.bytes.extracting(0..<list.count * codeSize))
      } else {
        let block = list.block
        try sink.write(block.rowBytes)
      }
      try sink.write(ids.bytes.extracting(0..<list.count * 8))
    }
  }

  /// Writes lists of floats in levels, as `ilp2`.
  static func write(
    _ lists: [InvertedList], _ panorama: PanoramaLayout, dimension: Int, to sink: inout ByteSink
  ) throws(IndexError) {
    try writeHead(
      sizes: lists.map(\.count), codeSize: dimension * 4, panorama: panorama, to: &sink)
    let levels = PanoramaRows(layout: panorama, dimension: dimension)
    for list in lists where list.count > 0 {
      try levels.write(count: list.count, to: &sink) { list.block.appendRow($0, to: &$1) }
      let ids = list.ids
      try sink.write(ids.bytes.extracting(0..<list.count * 8))
      // Here there is room for all levels, also for those that hold nothing.
      try levels.writeLengths(count: list.count, room: panorama.levels, to: &sink) {
        list.block.appendRow($0, to: &$1)
      }
    }
  }

  /// Writes what comes before the content of lists of these sizes: codes, then ids, of one list
  /// after the other; empty ones have none.
  static func writeHead(
    sizes: [Int], codeSize: Int, panorama: PanoramaLayout? = nil, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.code(panorama == nil ? "ilar" : "ilp2")
    try sink.count(sizes.count)
    try sink.count(codeSize)
    if let panorama {
      try sink.count(panorama.levels)
      try sink.count(panorama.batchVectors)
    }
    let filled = sizes.indices.filter { sizes[$0] > 0 }
    if filled.count > sizes.count / 2 {
      try sink.code("full")
      try sink.array(sizes.map { UInt64($0) })
    } else {
      try sink.code("sprs")
      try sink.array(filled.flatMap { [UInt64($0), UInt64(sizes[$0])] })
    }
  }

  /// Writes what comes before the content of interleaved lists.
  static func writeBlocksHead(
    _ listCount: Int, _ codeSize: Int, _ layout: CodeLayout, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.code("ilbl")
    try sink.count(listCount)
    try sink.integer(UInt64.max)
    try sink.count(layout.blockCount)
    try sink.count(layout.byteCount(codes: layout.blockCount, codeSize: codeSize))
  }

  private static func writeBlocks(
    _ lists: [InvertedList], _ codeSize: Int, _ layout: CodeLayout, to sink: inout ByteSink
  ) throws(IndexError) {
    try writeBlocksHead(lists.count, codeSize, layout, to: &sink)
    for list in lists {
      let ids = list.ids
      try sink.count(list.count)
      try sink.write(ids.bytes.extracting(0..<list.count * 8))
      let bytes = layout.byteCount(codes: list.count, codeSize: codeSize)
      try sink.count(bytes)
      guard bytes > 0, let codes = list.codes else { continue }
      let content = codes.bytes
      try sink.write(content.bytes.extracting(0..<bytes))
    }
  }
}
