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
    try sink.code("ilar")
    try sink.count(lists.count)
    try sink.count(dimension * 4)
    let filled = lists.indices.filter { lists[$0].count > 0 }
    if filled.count > lists.count / 2 {
      try sink.code("full")
      try sink.array(lists.map { UInt64($0.count) })
    } else {
      try sink.code("sprs")
      try sink.array(filled.flatMap { [UInt64($0), UInt64(lists[$0].count)] })
    }
    for number in filled {
      let list = lists[number]
      let block = list.block
      let ids = list.ids
      try sink.write(block.rowBytes)
      try sink.write(ids.bytes.extracting(0..<list.count * 8))
    }
  }
}
