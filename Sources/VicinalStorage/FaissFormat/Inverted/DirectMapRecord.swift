import VicinalCore
import VicinalIndexes

/// Where each id of an inverted file is, as files hold it.
struct DirectMapRecord: Sendable {
  let kind: DirectMap.Kind
  /// Locations by id; empty unless `kind` is array.
  let array: ArrayPlace
  /// Ids and locations, if `kind` is hash table.
  let pairs: ArrayPlace?
  let start: Int

  init(reading cursor: inout ByteCursor, header: IndexHeader) throws(IndexError) {
    start = cursor.offset
    let number = try cursor.integer(UInt8.self, "the kind of direct map")
    guard let kind = DirectMap.Kind(rawValue: number) else {
      throw cursor.corrupt("the kind of direct map must be 0, 1 or 2, found \(number)", at: start)
    }
    self.kind = kind
    array = try cursor.array(of: 8, "the direct map")
    guard array.count == (kind == .array ? header.count : 0) else {
      throw cursor.corrupt(
        "the direct map of kind \(kind) locates \(array.count) ids by position; there are"
          + " \(header.count) vectors", at: start + 1)
    }
    pairs = kind == .hashTable ? try cursor.array(of: 16, "the direct map") : nil
  }

  /// The map; every location must lie in a list.
  func map(
    from source: inout ByteSource, lists: [InvertedList]
  ) throws(IndexError) -> DirectMap {
    try map(from: &source, listSizes: lists.map(\.count))
  }

  /// The map; every location must lie in a list of these sizes.
  func map(
    from source: inout ByteSource, listSizes: [Int]
  ) throws(IndexError) -> DirectMap {
    var map = DirectMap(kind: kind)
    let place = pairs ?? array
    var values = try source.integers(place, as: Int64.self)
    for index in stride(from: pairs == nil ? 0 : 1, to: values.count, by: pairs == nil ? 1 : 2) {
      let location = values[index]
      guard location >= 0 else { continue }
      let (list, offset) = (Int(location >> 32), Int(location & 0xffff_ffff))
      guard list < listSizes.count, offset < listSizes[list] else {
        throw IndexError(
          .corruptFile,
          "\(source.name), byte \(place.range.lowerBound + index * 8): the direct map points to"
            + " vector \(offset) of list \(list), which does not exist")
      }
    }
    if pairs != nil {
      map.table.reserveCapacity(values.count / 2)
      for pair in stride(from: 0, to: values.count, by: 2) {
        map.table[values[pair]] = values[pair + 1]
      }
      values = []
    }
    map.array = values
    return map
  }

  /// Writes a map; a hash table in the order of its ids, so that equal maps give equal bytes.
  static func write(_ map: DirectMap, to sink: inout ByteSink) throws(IndexError) {
    try sink.integer(map.kind.rawValue)
    try sink.array(map.kind == .array ? map.array : [])
    guard map.kind == .hashTable else { return }
    try sink.count(map.table.count)
    let pairs = map.table.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    try sink.write(pairs.span.rawBytes)
  }
}
