package import VicinalCompute
public import VicinalCore

extension HNSWIndex {
  /// Vectors below which a poor centre is still repaired as the index grows.
  private static let settledCount = 4096

  static func canAccelerate(dimension: Int) -> Bool { dimension <= Int8Panels.largestDimension }

  /// Builds or discards the int8 codes. Results may change slightly, since walks then compare
  /// other values; returned distances are exact either way. An index that keeps codes of a codec
  /// walks over these.
  public mutating func setAccelerated(_ wanted: Bool) throws(IndexError) {
    isAccelerated = wanted && coded == nil && Self.canAccelerate(dimension: dimension)
    if !isAccelerated { dropCodes() }
    let (kernels, workers) = (try KernelSet(), Execution().workerCount)
    try updateCodes(kernels: kernels, workers: workers)
    try updateHalves(kernels, workers: workers)
  }

  /// Makes the codes cover all vectors. Vectors so large that scores would overflow end the use
  /// of codes.
  mutating func updateCodes(kernels: KernelSet, workers: Int) throws(IndexError) {
    guard isAccelerated, count > 0 else { return }
    // An index that grew from a handful of vectors gets a better centre a few times.
    if codes == nil || centredCount < Self.settledCount && count >= 4 * centredCount {
      dropCodes()
      codes = GraphCodes(centre: try centre(), isL2: metric == .l2)
      centredCount = count
    }
    if try codes?.append(from: rows, kernels: kernels, workers: workers) == false {
      dropCodes()
      isAccelerated = false
    }
  }

  /// Forgets the codes and what was made of them.
  mutating func dropCodes() {
    codes = nil
    dropHalves()
  }

  /// Forgets the halves, and what was found out about them.
  package mutating func dropHalves() {
    halves = nil
    judgedCount = 0
  }

  /// Makes the halves cover all codes, after links have changed. Where walks by halves find less there
  /// are none; that is judged again whenever the index has grown by an eighth.
  package mutating func updateHalves(_ kernels: KernelSet, workers: Int) throws(IndexError) {
    guard let codes, GraphHalves.suit(dimension: dimension), graph.entryPoint >= 0 else {
      return dropHalves()
    }
    let isJudged = judgedCount > 0 && count - judgedCount <= judgedCount / 8
    if isJudged, halves == nil { return }
    if halves == nil { halves = GraphHalves(of: codes) }
    try halves?.append(from: codes, kernels: kernels, workers: workers)
    guard !isJudged else { return }
    judgedCount = count
    if try !halvesFindEnough(kernels) { halves = nil }
  }

  /// Whether walks by halves come to what walks by whole codes come to: both search for the neighbours
  /// of stored vectors with few candidates, where errors cost most. Close clusters, among whose members
  /// halves cannot tell, fail.
  private func halvesFindEnough(_ kernels: KernelSet) throws(IndexError) -> Bool {
    let (wanted, efSearch) = (10, 16)
    let asked = min(count, max(32, min(256, count / 32)))
    var sample: [Float] = []
    for place in 0..<asked { rows.appendRow(place * count / asked, to: &sample) }
    let queries = try VectorBatch(sample.span, dimension: dimension)
    func found(_ view: GraphView) throws(IndexError) -> [[GraphHit]] {
      var found: [[GraphHit]] = []
      try view.search(
        queries, neighbors: graph.neighbors, offsets: graph.offsets,
        entry: GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel),
        limit: min(count, efSearch), taken: efSearch, where: nil
      ) { found.append(Array($1.prefix(wanted))) }
      return found
    }
    let whole = try found(view(kernels))
    let halved = try found(view(kernels, forSearch: true))
    var kept = 0
    for (hits, expected) in zip(halved, whole) {
      guard let last = expected.last else { continue }
      kept += hits.count { $0.value == last.value || metric.isBetter($0.value, than: last.value) }
    }
    // Walks by whole codes that take a tenth less time find about a hundredth less.
    return Double(kept) >= 0.99 * Double(whole.reduce(0) { $0 + $1.count })
  }

  private func centre() throws(IndexError) -> [Float] {
    var sample: [Float] = []
    let step = max(1, count / Self.settledCount)
    for row in stride(from: 0, to: count, by: step) { rows.appendRow(row, to: &sample) }
    return mean(of: try VectorBatch(sample.span, dimension: dimension), atMost: sample.count)
  }
}
