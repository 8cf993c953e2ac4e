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

  /// The lists with their content.
  func lists(from source: inout ByteSource, dimension: Int) throws(IndexError) -> [InvertedList] {
    let empty = InvertedList(rows: ByteStorage(), ids: ByteStorage(), dimension: dimension)
    var lists = Array(repeating: empty, count: listCount)
    for place in places {
      lists[place.list] = InvertedList(
        rows: try source.storage(place.rows), ids: try source.storage(place.ids),
        dimension: dimension)
    }
    return lists
  }

  /// Writes lists as `ilar`.
  static func write(
    _ lists: [InvertedList], dimension: Int, to sink: inout ByteSink
  ) throws(IndexError) {
    try writeHead(sizes: lists.map(\.count), codeSize: dimension * 4, to: &sink)
    for list in lists where list.count > 0 {
      let block = list.block
      let ids = list.ids
      try sink.write(block.rowBytes)
      try sink.write(ids.bytes.extracting(0..<list.count * 8))
    }
  }

  /// Writes what comes before the content of lists of these sizes: vectors, then ids, of one list
  /// after the other; empty ones have none.
  static func writeHead(
    sizes: [Int], codeSize: Int, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.code("ilar")
    try sink.count(sizes.count)
    try sink.count(codeSize)
    let filled = sizes.indices.filter { sizes[$0] > 0 }
    if filled.count > sizes.count / 2 {
      try sink.code("full")
      try sink.array(sizes.map { UInt64($0) })
    } else {
      try sink.code("sprs")
      try sink.array(filled.flatMap { [UInt64($0), UInt64(sizes[$0])] })
    }
  }
}
