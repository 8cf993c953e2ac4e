import VicinalCoding
import VicinalCompute
public import VicinalCore

extension BinaryIVFIndex: BinaryIdentifiedAddition {
  /// Finds the cells, unless the coarse quantizer has them already: k-means over the bits as ±1
  /// floats, whose centroids are rounded to bits, as in faiss.
  ///
  /// - Parameters:
  ///   - sample: At least `listCount` vectors; 39 to 256 per list are used best.
  ///   - execution: Threads, progress (k-means rounds), cancellation.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    guard !isTrained else { return }
    guard coarse.count == 0 else {
      throw IndexError(
        .invalidArgument,
        "the coarse quantizer holds \(coarse.count) vectors, expected 0 or \(listCount)")
    }
    let floats = try signs(ofSampled: sample, execution)
    let cells = try KMeans.cluster(
      VectorBatch(floats.span, dimension: dimension), k: listCount, options: clustering,
      execution: execution)
    let bits = signBits(of: cells.centroids)
    var trained = coarse
    try trained.add(
      try BinaryBatch(bits.span.rawBytes, dimension: dimension), execution: execution)
    coarse = trained
    trainingWarnings = cells.warnings
  }

  /// The vectors as floats, but never more of them than k-means looks at: floats take 32 times
  /// the memory of bits.
  private func signs(
    ofSampled sample: borrowing BinaryBatch, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    let most = listCount.multipliedReportingOverflow(by: clustering.maxPointsPerCentroid)
    var generator = SplitMix64(seed: clustering.seed)
    let rows = sampleWithoutReplacement(
      most.overflow ? sample.count : min(sample.count, most.partialValue), of: sample.count,
      using: &generator)
    var floats: [Float] = []
    floats.reserveCapacity(rows.count * dimension)
    for (number, row) in rows.enumerated() {
      if number.isMultiple(of: 1 << 14) { try execution.checkCancellation() }
      appendSigns(of: sample.row(row), to: &floats)
    }
    return floats
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    let first = Int64(count)
    try add(vectors, execution: execution) { first + Int64($0) }
  }

  /// Adds vectors under given ids; ids may repeat, as in faiss.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    let copied = try requireIDs(ids, for: vectors)
    guard directMap.kind != .array else {
      throw IndexError(
        .unsupported,
        "a direct map of kind array only works with ids given by the index; use a hash table")
    }
    try add(vectors, execution: execution) { copied[$0] }
  }

  private mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution, id: (Int) -> Int64
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard isTrained else {
      throw IndexError(
        .notTrained, "the index has no cells yet; train it on a sample before adding vectors")
    }
    let cells = try coarse.search(
      vectors, k: 1, options: SearchOptions(efSearch: addingEfSearch, execution: execution)
    ).ids
    guard cells.allSatisfy({ $0 >= 0 && $0 < listCount }) else {
      throw IndexError(.notFound, "the coarse quantizer found no cell for some vectors")
    }
    try execution.checkCancellation()
    let (order, starts) = grouped(cells, groups: listCount)
    if directMap.kind != .none {
      for list in 0..<listCount {
        for (place, row) in order[starts[list]..<starts[list + 1]].enumerated() {
          directMap.set(id(Int(row)), list: list, offset: lists[list].count + place)
        }
      }
    }
    // From here on nothing can fail, so that the index is never half changed.
    try parallelUpdate(&lists, workers: execution.workerCount) { list, content in
      let rows = order[starts[list]..<starts[list + 1]]
      guard !rows.isEmpty else { return }
      content.append(vectors, rows: rows, ids: id)
    }
    count += vectors.count
  }

  /// Vectors are added once and searched often, so a graph over the cells is walked wider.
  private var addingEfSearch: Int? { coarse is any BinaryGraphSearching ? 64 : nil }
}

/// Adds the bits of a binary vector as floats, bit 1 as +1 and bit 0 as −1, lowest bit first.
func appendSigns(of row: RawSpan, to floats: inout [Float]) {
  for offset in 0..<row.byteCount {
    let byte = row.byte(offset)
    for bit in 0..<8 { floats.append(byte >> UInt8(bit) & 1 == 1 ? 1 : -1) }
  }
}

/// Rounds floats to bits: what is not below zero becomes 1.
func signBits(of floats: [Float]) -> [UInt8] {
  var bits = [UInt8](repeating: 0, count: floats.count / 8)
  for (place, value) in floats.enumerated() where value >= 0 {
    bits[place >> 3] |= 1 << UInt8(place & 7)
  }
  return bits
}
