import VicinalCompute
import VicinalCore

/// What ``ScalarScanner`` keeps between calls: spans of arrays can be taken in a value only.
struct ScalarScan {
  private let tables: ScalarTables
  private let isL2: Bool
  private let kernels: KernelSet
  private var queries: [Float] = []
  /// The queries rounded to whole numbers, for codes that can be picked by them.
  private var weights: [Int16] = []
  private var roundings: [ScalarWeighed?] = []
  /// The query that was chosen.
  private var query = 0
  /// What codes are relative to, if to anything.
  private var centroid: [Float]
  private var hasCentroid = false
  /// Its value with the query; `nil` until it is asked for under L2, where only picking needs it. Under
  /// inner product it is added to all values.
  private var cellValue: Float? = 0
  /// What codes are compared with: made of query and centroid when it is first needed.
  private var target: [Float]
  private var hasTarget = false

  init(_ tables: ScalarTables, isL2: Bool, _ kernels: KernelSet) {
    self.tables = tables
    self.isL2 = isL2
    self.kernels = kernels
    centroid = Array(filling: isL2 ? tables.dimension : 0, with: 0)
    target = Array(filling: tables.paddedDimension, with: 0)
  }

  mutating func begin(queries: Span<Float>, count: Int) {
    self.queries.removeAll(keepingCapacity: true)
    self.queries.reserveCapacity(count * tables.dimension)
    for index in 0..<count * tables.dimension { self.queries.append(queries[index]) }
    roundings.removeAll(keepingCapacity: true)
  }

  /// Rounds the queries, once codes are to be picked: graphs never ask for that.
  private mutating func weigh() {
    let count = queries.count / tables.dimension
    let needed = count * tables.paddedDimension
    if weights.count < needed { weights = Array(repeating: 0, count: needed) }
    // The array is moved out while it is changed beside the other properties.
    var room: [Int16] = []
    swap(&room, &weights)
    for query in 0..<count {
      var target = room.mutableSpan
      roundings.append(
        tables.weigh(
          queries.span.extracting(row(query)), into: &target, place: query, kernels: kernels))
    }
    swap(&room, &weights)
  }

  mutating func choose(query: Int) {
    self.query = query
    hasCentroid = false
    cellValue = 0
    hasTarget = false
  }

  mutating func enter(centroid: Span<Float>, distance: Float) {
    if isL2 {
      self.centroid.overwrite(with: centroid)
      hasCentroid = true
      cellValue = nil
      hasTarget = false
    } else {
      cellValue = distance.isNaN ? value(with: centroid) : distance
    }
  }

  // Changing nothing but what is made when it is needed.
  mutating func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    makeTarget()
    tables.scan(
      codes, count: count, terms: target.span, base: added, isL2: isL2, into: &values,
      kernels: kernels)
  }

  mutating func scan(
    _ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>
  ) {
    makeTarget()
    tables.scan(
      codes, rows: rows, terms: target.span, base: added, isL2: isL2, into: &values,
      kernels: kernels)
  }

  /// - Parameter terms: Those of the codes; codes are not picked under L2 without them.
  mutating func select(
    _ codes: RawSpan, terms: Span<Float>, count: Int, within threshold: Float,
    rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int {
    guard let rounding = rounding(within: threshold, hasTerms: !terms.isEmpty) else {
      scan(codes, count: count, into: &values)
      return kernels.keep(
        &values, count: count, within: threshold, isSimilarity: !isL2, rows: &rows)
    }
    if cellValue == nil { cellValue = value(with: centroid.span) }
    let first = query * tables.paddedDimension
    let picked = tables.pick(
      codes, count: count,
      weights: weights.span.extracting(first..<first + tables.paddedDimension), rounding,
      distance: cellValue ?? 0, terms: terms, isL2: isL2, within: threshold, rows: &rows,
      kernels: kernels)
    guard picked > 0 else { return 0 }
    scan(codes, rows: rows.span.extracting(0..<picked), into: &values)
    return keepWithin(
      threshold, isSimilarity: !isL2, found: picked, rows: &rows, values: &values)
  }

  /// How the query was rounded, where picking by that can spare anything.
  private mutating func rounding(within threshold: Float, hasTerms: Bool) -> ScalarWeighed? {
    guard abs(threshold) < .greatestFiniteMagnitude, tables.canPick, !isL2 || hasTerms else {
      return nil
    }
    if roundings.isEmpty { weigh() }
    return roundings[query]
  }

  /// What scans add: under L2 the centroid is part of the target.
  private var added: Float { isL2 ? 0 : cellValue ?? 0 }

  private func row(_ query: Int) -> Range<Int> {
    query * tables.dimension..<(query + 1) * tables.dimension
  }

  private mutating func makeTarget() {
    guard !hasTarget else { return }
    hasTarget = true
    var room: [Float] = []
    swap(&room, &target)
    fill(&room)
    swap(&room, &target)
  }

  private func fill(_ target: inout [Float]) {
    var target = target.mutableSpan
    let row = queries.span.extracting(row(query))
    if hasCentroid {
      tables.prepare(row, around: centroid.span, isL2: isL2, into: &target, kernels: kernels)
    } else {
      tables.prepare(row, around: nil, isL2: isL2, into: &target, kernels: kernels)
    }
  }

  private func value(with centroid: Span<Float>) -> Float {
    kernels.distance(
      queries.span.extracting(row(query)), centroid, metric: isL2 ? .l2 : .innerProduct)
  }
}
