import VicinalCore
import VicinalIndexes

/// `IBHh`: header, bits of a hash, flips, the hashes with the sizes of their buckets, then ids and
/// vectors of each bucket.
struct BinaryHashRecord: BinaryRecord {
  /// A bucket in the file.
  private struct Place: Sendable {
    let hash: UInt64
    let ids: ArrayPlace
    let codes: ArrayPlace
  }

  let header: BinaryHeader
  let hashBits: Int
  let flips: Int
  private let places: [Place]
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int) throws(IndexError) {
    header = try BinaryHeader(reading: &cursor)
    (hashBits, flips) = try readHash(&cursor, of: header)
    let buckets = try cursor.count("the number of buckets")
    let sizeBits = Int(try cursor.integer(Int32.self, "the bits of a bucket's size"))
    guard sizeBits >= 0, sizeBits <= 48 else {
      throw cursor.corrupt("a bucket's size should take \(sizeBits) bits", at: cursor.offset - 4)
    }
    let head = try cursor.array(of: 1, "the buckets")
    let (bits, overflow) = buckets.multipliedReportingOverflow(by: hashBits + sizeBits)
    guard !overflow, head.count == bits / 8 + (bits % 8 == 0 ? 0 : 1) else {
      throw cursor.corrupt(
        "\(buckets) buckets of \(hashBits) + \(sizeBits) bits do not take \(head.count) bytes",
        at: head.range.lowerBound)
    }
    places = try Self.places(
      &cursor, head.range, buckets: buckets, hashBits: hashBits, sizeBits: sizeBits,
      codeSize: header.codeSize)
    let total = places.reduce(0) { $0 + $1.ids.count }
    guard total == header.count else {
      throw cursor.corrupt(
        "the buckets hold \(total) vectors, the header says \(header.count)", at: start)
    }
    range = start..<cursor.offset
  }

  private static func places(
    _ cursor: inout ByteCursor, _ head: Range<Int>, buckets: Int, hashBits: Int, sizeBits: Int,
    codeSize: Int
  ) throws(IndexError) -> [Place] {
    var reader = BitReader(cursor.bytes.extracting(head))
    var places: [Place] = []
    var seen = Set<UInt64>()
    for bucket in 0..<buckets {
      let (hash, size) = (reader.read(hashBits), Int(reader.read(sizeBits)))
      let place = cursor.offset
      let ids = try cursor.array(of: 8, "the ids of bucket \(bucket)")
      let codes = try cursor.array(of: 1, "the vectors of bucket \(bucket)")
      guard ids.count == size, codes.count / codeSize == size,
        codes.count.isMultiple(of: codeSize), seen.insert(hash).inserted
      else {
        throw cursor.corrupt(
          "bucket \(bucket) should hold \(size) vectors under a hash of its own, but has"
            + " \(ids.count) ids and \(codes.count) bytes of vectors", at: place)
      }
      places.append(Place(hash: hash, ids: ids, codes: codes))
    }
    return places
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription("IBHh", range: range, header: header)
    description.note = "\(places.count) buckets, hashes of \(hashBits) bits, nflip \(flips)"
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    var buckets: [UInt64: BinaryHashIndex.Bucket] = [:]
    buckets.reserveCapacity(places.count)
    for place in places {
      buckets[place.hash] = BinaryHashIndex.Bucket(
        ids: try source.integers(place.ids, as: Int64.self),
        codes: try source.integers(place.codes, as: UInt8.self))
    }
    do throws(IndexError) {
      return try BinaryHashIndex(
        dimension: header.dimension, hashBits: hashBits, flips: flips, buckets: buckets)
    } catch {
      throw source.named(error)
    }
  }

  /// Writes buckets in the order of their hashes, so that equal indexes give equal bytes.
  static func write(_ index: BinaryHashIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IBHh")
    try BinaryHeader(of: index).write(to: &sink)
    try sink.integer(Int32(index.hashBits))
    try sink.integer(Int32(clamping: index.flips))
    let buckets = index.buckets.sorted { $0.key < $1.key }
    let sizeBits = bitWidth(buckets.map(\.value.ids.count).max() ?? 0)
    try sink.count(buckets.count)
    try sink.integer(Int32(sizeBits))
    var head = BitWriter()
    for (hash, bucket) in buckets {
      head.write(hash, index.hashBits)
      head.write(UInt64(bucket.ids.count), sizeBits)
    }
    try sink.array(head.bytes)
    for (_, bucket) in buckets {
      try sink.array(bucket.ids)
      try sink.array(bucket.codes)
    }
  }
}

/// Reads the bits of a hash and the flips.
private func readHash(
  _ cursor: inout ByteCursor, of header: BinaryHeader
) throws(IndexError) -> (bits: Int, flips: Int) {
  let bits = try readHashBits(&cursor, of: header)
  return (bits, try readFlips(&cursor, atMost: bits))
}

/// Reads the bits of a hash.
func readHashBits(
  _ cursor: inout ByteCursor, of header: BinaryHeader
) throws(IndexError) -> Int {
  let bits = Int(try cursor.integer(Int32.self, "the bits of a hash"))
  guard bits >= 1, bits <= min(64, header.dimension) else {
    throw cursor.corrupt(
      "a hash has 1…\(min(64, header.dimension)) bits, found \(bits)", at: cursor.offset - 4)
  }
  return bits
}

/// Reads how many bits of a hash a search flips.
func readFlips(_ cursor: inout ByteCursor, atMost bits: Int) throws(IndexError) -> Int {
  let flips = Int(try cursor.integer(Int32.self, "nflip"))
  guard flips >= 0, flips <= bits else {
    throw cursor.corrupt("nflip must be 0…\(bits), found \(flips)", at: cursor.offset - 4)
  }
  return flips
}
