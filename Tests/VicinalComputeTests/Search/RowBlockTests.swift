import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Row blocks")
struct RowBlockTests {
  /// Requires the search of a block with a companion to equal brute force over `rows`.
  private func expectSound(
    _ block: RowBlock, _ rows: Vectors, centre: [Float], _ context: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let table = try CTable(try KernelSet().level)
    let queries = DataShape.uniform.make(6, dimension: rows.dimension, seed: 81)
    #expect(block.count == rows.count, "\(context)", sourceLocation: sourceLocation)
    #expect(block.panels?.count == rows.count, "\(context)", sourceLocation: sourceLocation)
    let expected = BruteForce(table, .l2, rows: rows, queries: queries).neighbors(k: 7)
    var scan = BlockScan(
      try queries.batch(), k: 7, metric: .l2, centre: centre, kernels: table.kernels
    ) { Int64($1) }
    let all: [Int32] = [0, 1, 2, 3, 4, 5]
    scan.scan(block, number: 0, members: all.span, allowed: nil)
    let difference = firstDifference(scan.neighbors(), expected)
    #expect(difference == nil, "\(context): \(difference ?? "")", sourceLocation: sourceLocation)
  }

  @Test("the companion follows appending and removing", arguments: [82, 83, 84, 85])
  func companion(seed: UInt64) throws {
    let kernels = try KernelSet()
    var generator = SplitMix64(seed: seed)
    let dimension = 9
    let centre = [Float](repeating: 0.1, count: dimension)
    var block = RowBlock(dimension: dimension)
    block.panels = Int8Panels(centre: centre, isL2: true)
    var rows = Vectors([], dimension: dimension)
    for turn in 0..<25 {
      let more = DataShape.uniform.make(
        1 + generator.integer(below: 70), dimension: dimension, seed: seed << 8 | UInt64(turn))
      block.append(more.values.span, kernels: kernels)
      rows = rows + more
      let first = generator.integer(below: rows.count)
      let share = 1 + generator.integer(below: 4)
      let isKept = (0..<rows.count).map { $0 < first || $0 % (share + 1) != 0 }
      let snapshot = (block: block, rows: rows)
      block.filterRows(kernels: kernels) { isKept[$0] }
      rows = rows.rows(at: (0..<rows.count).filter { isKept[$0] })
      rows.description = "seed \(seed)"
      try expectSound(block, rows, centre: centre, "seed \(seed) turn \(turn)")
      try expectSound(
        snapshot.block, snapshot.rows, centre: centre, "seed \(seed) turn \(turn), snapshot")
    }
    block.filterRows(kernels: kernels) { _ in false }
    #expect(block.count == 0 && block.panels?.count == 0)
  }

  @Test("chosen rows are appended in the order given, and memory is given back")
  func chosenRows() throws {
    let kernels = try KernelSet()
    let rows = DataShape.uniform.make(100, dimension: 9, seed: 86)
    let centre = centre(of: rows)
    var block = RowBlock(dimension: 9)
    block.append(try rows.batch(), rows: [7, 3, 99][...], kernels: kernels)
    block.setPanels(Int8Panels(centre: centre, isL2: true), kernels: kernels)
    block.append(try rows.batch(), rows: (0..<60).map(Int32.init)[...], kernels: kernels)
    let chosen = rows.rows(at: [7, 3, 99] + Array(0..<60))
    try expectSound(block, chosen, centre: centre, "chosen rows")
    let before = block.byteCount
    block.trim()
    #expect(block.byteCount <= before)
    try expectSound(block, chosen, centre: centre, "trimmed")
    var values: [Float] = []
    block.appendRow(2, to: &values)
    #expect(values == Array(rows[99]))
  }
}
