import VicinalCompute
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
    if !isAccelerated { codes = nil }
    try updateCodes(kernels: try KernelSet(), workers: Execution().workerCount)
  }

  /// Makes the codes cover all vectors. Vectors so large that scores would overflow end the use
  /// of codes.
  mutating func updateCodes(kernels: KernelSet, workers: Int) throws(IndexError) {
    guard isAccelerated, count > 0 else { return }
    // An index that grew from a handful of vectors gets a better centre a few times.
    if codes == nil || centredCount < Self.settledCount && count >= 4 * centredCount {
      codes = GraphCodes(centre: try centre(), isL2: metric == .l2)
      centredCount = count
    }
    if try codes?.append(from: rows, kernels: kernels, workers: workers) == false {
      codes = nil
      isAccelerated = false
    }
  }

  private func centre() throws(IndexError) -> [Float] {
    var sample: [Float] = []
    let step = max(1, count / Self.settledCount)
    for row in stride(from: 0, to: count, by: step) { rows.appendRow(row, to: &sample) }
    return mean(of: try VectorBatch(sample.span, dimension: dimension), atMost: sample.count)
  }
}
