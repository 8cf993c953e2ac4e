import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Cells that are left out by their ratio to the best")
struct CellRatioTests {
  private static let kinds = [
    "IVF20,Flat", "IVF20,SQ8", "IVF20,PQ4x4fs", "IVF20_HNSW8,Flat", "IVF20,PQ4+8", "IVF20,RaBitQ",
  ]

  /// Whether a cell is visited, as the documentation says.
  private func isKept(_ value: Float, best: Float, ratio: Float, _ metric: Metric) -> Bool {
    if ratio == 0 { return true }
    guard metric == .innerProduct else { return best >= ratio * value * (1 - 1e-6) }
    return best >= 0 ? value >= ratio * best : best / value >= ratio
  }

  private func lists(_ index: any VectorIndex) throws -> IVFIndex {
    try #require(index as? IVFIndex ?? (index as? IVFPQRIndex)?.base)
  }

  @Test(
    "the same as visiting only the lists that remain, alone, in batches and within a radius",
    arguments: kinds, [Metric.l2, .innerProduct])
  func remaining(kind: String, metric: Metric) throws {
    // Refined codes compare by L2 only.
    if kind == "IVF20,PQ4+8", metric == .innerProduct { return }
    var data = IVFData(1500, dimension: 16, metric: metric)
    // Under inner product one query has negative products with every cell.
    if metric == .innerProduct { data.rows.values = data.rows.values.map { abs($0) } }
    for column in 0..<16 { data.queries.values[column] = -abs(data.queries.values[column]) - 0.1 }
    var index = try IndexSpec(parsing: kind).makeIndex(dimension: 16, metric: metric)
    try index.train(on: data.rows)
    try index.add(data.rows)
    let inverted = try lists(index)
    let cells = try inverted.coarse.search(data.queries, k: 12)
    for ratio: Float in [0, 0.3, 0.7, 0.95, 1] {
      let options = SearchOptions(probes: 12, cellRatio: ratio)
      let together = try index.search(data.queries, k: 10, options: options)
      for number in 0..<data.queries.count {
        let row = cells.row(number)
        let kept = row.filter {
          isKept($0.distance, best: row[0].distance, ratio: ratio, metric)
        }
        #expect(kept.first?.id == row[0].id)
        if ratio == 0 { #expect(kept.count == row.count) }
        let ids = kept.flatMap { cell in
          (0..<inverted.lists[Int(cell.id)].count).map { inverted.lists[Int(cell.id)].id(at: $0) }
        }
        let query = data.queries.rows(number..<number + 1)
        let wanted = try index.search(
          query, k: 10, options: SearchOptions(probes: 12, filter: .ids(ids)))
        let alone = try index.search(query, k: 10, options: options)
        let context = "\(kind), \(metric), ratio \(ratio), query \(number)"
        #expect(alone.row(0).map(\.id) == wanted.row(0).map(\.id), "\(context)")
        #expect(together.row(number).map(\.id) == wanted.row(0).map(\.id), "\(context)")
        guard number < 3, let searchable = index as? any RangeSearchable,
          let radius = wanted.row(0).last?.distance
        else { continue }
        let within = try searchable.rangeSearch(query, radius: radius, options: options)
        let inside = try searchable.rangeSearch(
          query, radius: radius, options: SearchOptions(probes: 12, filter: .ids(ids)))
        #expect(Set(within.ids) == Set(inside.ids), "\(context)")
      }
    }
  }

  @Test("the index's own setting, the option over it, and the knob")
  func settings() throws {
    let data = IVFData(800)
    var index = try data.filled()
    index.probes = 20
    index.cellRatio = 1
    let nearest = try data.search(index, probes: 1)
    #expect(try index.search(data.queries, k: 10).ids == nearest.ids)
    let all = try index.search(data.queries, k: 10, options: SearchOptions(cellRatio: 0))
    #expect(all.ids != nearest.ids)
    index.cellRatio = 3
    #expect(index.cellRatio == 1)
    var any: any VectorIndex = index
    try KnobSettings(parsing: "nprobe=4,ratio=0.5").apply(to: &any)
    #expect((any as? IVFIndex)?.cellRatio == 0.5)
    expectError(.invalidArgument, naming: ["ratio", "0…1", "1.5"]) {
      try KnobSettings(parsing: "ratio=1.5").apply(to: &any)
    }
    for ratio: Float in [-0.1, 1.1, .nan] {
      expectError(.invalidArgument, naming: ["cellRatio"]) {
        _ = try index.search(data.queries, k: 1, options: SearchOptions(cellRatio: ratio))
      }
    }
    expectError(.unsupported, naming: ["given lists"]) {
      _ = try index.search(
        data.queries.batch(), k: 1, lists: [Int64](repeating: 0, count: 20),
        distances: [Float](repeating: 0, count: 20), options: SearchOptions(cellRatio: 0.5))
    }
    for key in ["Flat", "SQ8", "HNSW8"] {
      var other = try IndexSpec(parsing: key).makeIndex(dimension: 16, metric: .l2)
      try other.train(on: data.rows)
      try other.add(data.rows)
      expectError(.unsupported, naming: ["ratio"]) {
        _ = try other.search(data.queries, k: 1, options: SearchOptions(cellRatio: 0.5))
      }
    }
  }

  @Test("binary lists have it too")
  func binary() throws {
    var generator = SplitMix64(seed: 77)
    let bytes = (0..<600 * 8).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var index = try BinaryIVFIndex(dimension: 64, listCount: 12)
    let batch = try BinaryBatch(bytes.span.rawBytes, dimension: 64)
    try index.train(on: batch, execution: Execution())
    try index.add(batch, execution: Execution())
    let one = try index.search(batch, k: 5, options: SearchOptions(probes: 1))
    let strict = try index.search(batch, k: 5, options: SearchOptions(probes: 12, cellRatio: 1))
    let all = try index.search(batch, k: 5, options: SearchOptions(probes: 12))
    // Cells of equal distance are equally good.
    #expect(zip(one.ids, strict.ids).count { $0 == $1 } > one.ids.count * 3 / 4)
    #expect(all.ids != strict.ids)
  }
}
