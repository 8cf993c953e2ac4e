import VicinalCore

/// The best values of one query so far, or all within a radius.
///
/// Values that may be among the best are gathered without order; when there are many, the worse
/// half is dropped and the threshold tightened.
struct HitCollector {
  private let k: Int
  private let radius: Float?
  private let isSimilarity: Bool
  private let worst: Float
  private var hits: [(key: Float, id: Int64)] = []
  /// Keys (values, negated for similarities) above this are not among the best.
  private var threshold: Float
  private let room: Int

  /// Keeps the `k` best.
  init(k: Int, metric: Metric) {
    self.k = k
    radius = nil
    isSimilarity = metric.isSimilarity
    worst = metric.worst
    threshold = .infinity
    room = max(256, 2 * k)
    hits.reserveCapacity(room + CodeScan.piece)
  }

  /// Keeps everything within the radius, which is itself excluded.
  init(radius: Float, metric: Metric) {
    k = 0
    self.radius = radius
    isSimilarity = metric.isSimilarity
    worst = metric.worst
    threshold = isSimilarity ? -radius : radius
    room = .max
  }

  /// Forgets the hits.
  mutating func clear() {
    hits.removeAll(keepingCapacity: true)
    if radius == nil { threshold = .infinity }
  }

  /// Offers values; `id` gives the id of one that is good enough, or `nil` if it must not count.
  mutating func offer(_ values: Span<Float>, count: Int, id: (Int) -> Int64?) {
    for index in 0..<count {
      let key = isSimilarity ? -values[index] : values[index]
      // NaN never enters; what equals the threshold may win by its id, but not within a radius.
      guard radius == nil ? key <= threshold : key < threshold else { continue }
      guard let id = id(index) else { continue }
      hits.append((key, id))
    }
    if hits.count >= room { tighten() }
  }

  private mutating func tighten() {
    sort()
    hits.removeLast(max(0, hits.count - k))
    if hits.count == k, let last = hits.last { threshold = last.key }
  }

  private mutating func sort() {
    hits.sort { $0.key != $1.key ? $0.key < $1.key : $0.id < $1.id }
  }

  /// Adds the row of a query.
  mutating func finish(into found: inout Neighbors) {
    sort()
    for hit in hits.prefix(k) {
      found.distances.append(isSimilarity ? -hit.key : hit.key)
      found.ids.append(hit.id)
    }
    for _ in min(k, hits.count)..<k {
      found.distances.append(worst)
      found.ids.append(-1)
    }
  }

  /// Adds the hits of a query.
  mutating func finish(into found: inout RangeNeighbors) {
    sort()
    for hit in hits {
      found.distances.append(isSimilarity ? -hit.key : hit.key)
      found.ids.append(hit.id)
    }
    found.limits.append(found.ids.count)
  }
}
