import VicinalCompute
import VicinalCore
import VicinalIndexes

/// What `IwFd` (faiss: `IndexIVFFlatDedup`) has before its lists: pairs of an id that a list holds
/// and one that is equal to it and is not held. In memory every vector has a place of its own; files
/// are written without duplicates again.
struct DuplicatesRecord: Sendable {
  private let ids: ArrayPlace

  /// Bytes that reading may unfold a small file to, and how many times those of a large one: a pair
  /// of ids is small, the vector that it stands for need not be.
  private static let (largestSize, largestFactor) = (1 << 28, 64)

  init(reading cursor: inout ByteCursor, header: IndexHeader) throws(IndexError) {
    let place = cursor.offset
    ids = try cursor.array(of: 8, "the duplicates")
    guard ids.count.isMultiple(of: 2) else {
      throw cursor.corrupt("duplicates come in pairs of ids, found \(ids.count)", at: place)
    }
    let (bytes, overflow) = (ids.count / 2).multipliedReportingOverflow(by: header.dimension * 4)
    guard !overflow,
      bytes <= max(Self.largestSize, cursor.bytes.byteCount * Self.largestFactor)
    else {
      throw cursor.failure(
        .unsupported,
        "\(ids.count / 2) duplicates of dimension \(header.dimension) would take far more memory"
          + " than the file; read it with faiss and write it without removal of duplicates",
        at: place)
    }
  }

  /// Duplicates.
  var count: Int { ids.count / 2 }

  /// Adds the duplicates behind the vectors of the lists.
  func add(to lists: inout [InvertedList], from source: inout ByteSource) throws(IndexError) {
    let pairs = try source.integers(ids, as: Int64.self)
    var others: [Int64: [Int64]] = [:]
    for pair in stride(from: 0, to: pairs.count, by: 2) {
      others[pairs[pair], default: []].append(pairs[pair + 1])
    }
    for number in lists.indices {
      let list = lists[number]
      var (rows, ids) = (list.block.rows, list.ids)
      for offset in 0..<list.count {
        guard let more = others.removeValue(forKey: list.id(at: offset)) else { continue }
        var vector: [Float] = []
        list.block.appendRow(offset, to: &vector)
        for id in more {
          rows.append(vector.span)
          ids.append(id)
        }
      }
      guard ids.count > list.ids.count else { continue }
      lists[number] = InvertedList(rows: rows, ids: ids, dimension: list.block.dimension)
    }
    if let id = others.keys.min() {
      throw IndexError(
        .corruptFile,
        "\(source.name), byte \(self.ids.range.lowerBound): vector \(id) has duplicates but is in"
          + " no list")
    }
  }

  /// Takes equal vectors of a list apart: lists that hold each once, and the pairs of ids, in the
  /// order of the vectors that are held: reading them and writing them again gives the same.
  static func split(_ lists: [InvertedList]) -> (lists: [InvertedList], pairs: [Int64]) {
    var pairs: [Int64] = []
    let kept = lists.map { list in
      var known: [Int: [Int]] = [:]
      var others: [Int: [Int64]] = [:]
      var (rows, ids) = (ByteStorage(), ByteStorage())
      for offset in 0..<list.count {
        var vector: [Float] = []
        list.block.appendRow(offset, to: &vector)
        let id = list.id(at: offset)
        // By bits, as faiss compares them.
        let bits = vector.map(\.bitPattern)
        let equal = known[bits.hashValue]?.first { other in
          var values: [Float] = []
          list.block.appendRow(other, to: &values)
          return values.map(\.bitPattern) == bits
        }
        if let equal {
          others[equal, default: []].append(id)
        } else {
          known[bits.hashValue, default: []].append(offset)
          rows.append(vector.span)
          ids.append(id)
        }
      }
      for (held, ids) in others.sorted(by: { $0.key < $1.key }) {
        for id in ids { pairs += [list.id(at: held), id] }
      }
      return InvertedList(rows: rows, ids: ids, dimension: list.block.dimension)
    }
    return (kept, pairs)
  }
}
