import VicinalCompute
import VicinalCore

/// The best values of one query so far, or all within a radius.
struct HitCollector {
  private var best: TopKCollector
  /// Whether everything within the radius is kept instead.
  private let isRange: Bool
  private let radius: Float
  private let isSimilarity: Bool
  private var within: [(key: Float, id: Int64)] = []

  /// Keeps the `k` best.
  init(k: Int, metric: Metric, kernels: KernelSet) {
    best = TopKCollector(k: k, isSimilarity: metric.isSimilarity, kernels: kernels)
    radius = 0
    isRange = false
    isSimilarity = metric.isSimilarity
  }

  /// Keeps everything within the radius, which is itself excluded.
  init(radius: Float, metric: Metric, kernels: KernelSet) {
    best = TopKCollector(k: 1, isSimilarity: metric.isSimilarity, kernels: kernels)
    self.radius = radius
    isRange = true
    isSimilarity = metric.isSimilarity
  }

  /// Values worse than this have no chance.
  var threshold: Float { isRange ? radius : best.threshold }

  /// Whether anything is ruled out yet.
  var hasThreshold: Bool { abs(threshold) < .greatestFiniteMagnitude }

  /// How many hits are wanted, if all are not.
  var wanted: Int { best.k }

  /// Rules out what it can by now.
  mutating func findThreshold() { if !isRange { best.findThreshold() } }

  /// The same for ids that are larger than all that were offered.
  var thresholdForLaterIDs: Float { isRange ? radius : best.thresholdForLaterLabels }

  /// Offers the values that a selection has left.
  ///
  /// - Parameters:
  ///   - values: Of which the first `count` are taken.
  ///   - rows: Their rows.
  ///   - filter: Which ids count; `nil` for all.
  ///   - names: How rows are called.
  mutating func offer(
    _ values: Span<Float>, rows: Span<Int32>, count: Int, _ filter: IDFilter?,
    _ names: borrowing RowNames
  ) {
    if filter == nil, !isRange {
      if let first = names.firstLabel {
        best.offer(values, rows: rows, count: count, firstLabel: first)
      } else {
        best.offer(values, rows: rows, count: count, ids: names.remainingIDs)
      }
      return
    }
    for index in 0..<count {
      let value = values[index]
      guard isSimilarity ? value >= threshold : value <= threshold else { continue }
      let row = Int(rows[index])
      let id = names.id(row)
      if let filter, !filter.contains(id) { continue }
      let label = names.hasPlaces ? names.firstPlace + Int64(row) : id
      if !isRange {
        best.offer(value, label: label)
      } else if value != radius {
        within.append((isSimilarity ? -value : value, label))
      }
    }
  }

  /// Takes the hits out as the row of a query.
  mutating func drain(into found: inout Neighbors, query: Int) {
    best.drain(into: &found, query: query)
  }

  /// Takes the hits out as the next query of a result.
  mutating func drain(into found: inout RangeNeighbors) {
    within.sort { $0.key != $1.key ? $0.key < $1.key : $0.id < $1.id }
    for hit in within {
      found.distances.append(isSimilarity ? -hit.key : hit.key)
      found.ids.append(hit.id)
    }
    found.limits.append(found.ids.count)
    within.removeAll(keepingCapacity: true)
  }
}

/// How the codes of a block are called in results.
struct RowNames: ~Escapable {
  /// The id of each row, 8 bytes each; empty where row i has the id `firstID` + i.
  private let ids: RawSpan
  private let firstID: Int64
  /// Rows before the first of these.
  private var skipped = 0
  /// Whether hits are named by where they are instead of by id.
  private(set) var hasPlaces = false
  private(set) var firstPlace: Int64 = 0

  /// Rows with consecutive ids.
  @_lifetime(immortal)
  init(from firstID: Int64) {
    ids = RawSpan()
    self.firstID = firstID
  }

  /// Rows with ids of their own, or where `firstPlace` is given, named by that plus their row.
  @_lifetime(copy ids)
  init(ids: RawSpan, firstPlace: Int64?) {
    self.ids = ids
    firstID = 0
    hasPlaces = firstPlace != nil
    self.firstPlace = firstPlace ?? 0
  }

  /// The names of the rows from `count` on.
  @_lifetime(copy self)
  func dropping(_ count: Int) -> RowNames {
    var rest = self
    rest.skipped += count
    rest.firstPlace += Int64(count)
    return rest
  }

  /// What row 0 is called, if the other rows follow by one.
  var firstLabel: Int64? {
    hasPlaces ? firstPlace : ids.isEmpty ? firstID + Int64(skipped) : nil
  }

  /// The stored id of each row from the first of these on.
  var remainingIDs: RawSpan {
    @_lifetime(copy self)
    get { ids.extracting(skipped * 8..<ids.byteCount) }
  }

  func id(_ row: Int) -> Int64 {
    ids.isEmpty
      ? firstID + Int64(skipped + row)
      : ids.loadUnaligned((skipped + row) * 8, as: Int64.self)
  }
}
