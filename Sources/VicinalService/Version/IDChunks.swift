/// Ids by place, in chunks that copies share until one of them changes.
struct IDChunks: Sendable {
  private var chunks: [[Int64]] = []
  private(set) var count = 0

  /// So many that few chunks are looked through, so few that copying one costs microseconds.
  private static let size = 4096

  subscript(place: Int) -> Int64 {
    get { chunks[place / Self.size][place % Self.size] }
    set { chunks[place / Self.size][place % Self.size] = newValue }
  }

  /// All ids, by place.
  var all: [Int64] { chunks.flatMap { $0 } }

  mutating func append(_ id: Int64) {
    if count.isMultiple(of: Self.size) { chunks.append([]) }
    chunks[count / Self.size].append(id)
    count += 1
  }

  mutating func removeLast() {
    count -= 1
    chunks[count / Self.size].removeLast()
    if count.isMultiple(of: Self.size) { chunks.removeLast() }
  }
}
