/// The sums of one element from each of some ascending lists, smallest first: the multi-sequence
/// algorithm of Babenko and Lempitsky.
///
/// Each combination is reached from exactly one other, so that none has to be remembered as seen:
/// a position may only grow in the last part that is not 0 or in one behind it.
struct SmallestSums {
  private struct Entry {
    var sum: Float
    var positions: [Int]
  }

  private let lists: [[(value: Float, number: Int)]]
  /// A binary heap, smallest sum first.
  private var heap: [Entry] = []

  init(_ lists: [[(value: Float, number: Int)]]) {
    self.lists = lists
    guard lists.allSatisfy({ !$0.isEmpty }) else { return }
    push([Int](repeating: 0, count: lists.count))
  }

  /// The next smallest sum and the numbers of its elements.
  mutating func next() -> (sum: Float, numbers: [Int])? {
    guard let entry = pop() else { return nil }
    let last = entry.positions.lastIndex { $0 > 0 } ?? 0
    for part in last..<lists.count where entry.positions[part] + 1 < lists[part].count {
      var positions = entry.positions
      positions[part] += 1
      push(positions)
    }
    return (entry.sum, entry.positions.indices.map { lists[$0][entry.positions[$0]].number })
  }

  private mutating func push(_ positions: [Int]) {
    var sum: Float = 0
    for (part, position) in positions.enumerated() { sum += lists[part][position].value }
    heap.append(Entry(sum: sum, positions: positions))
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> Entry? {
    guard let top = heap.first else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && isBefore(child, best) { best = child }
      guard best != parent else { return top }
      heap.swapAt(best, parent)
      parent = best
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    guard heap[a].sum == heap[b].sum else { return heap[a].sum < heap[b].sum }
    return heap[a].positions.lexicographicallyPrecedes(heap[b].positions)
  }
}
