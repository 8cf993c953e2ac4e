import CVicinalKernels
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Half codes of graphs, called as the library calls them, beside sums in whole numbers.
@Suite struct GraphHalvesTests {
  /// Rows of int8 codes, their halves, and a query.
  private struct Input {
    let dimension: Int
    let count: Int
    let isL2: Bool
    var padded: Int { (dimension + 63) / 64 * 64 }
    var halved: Int { (dimension + 127) / 128 * 64 }
    var codes: [UInt8] = []
    var facts: [vcl_graph_facts] = []
    var query: [Int8]
    let (half, scale): (Float, Float)

    init(dimension: Int, count: Int, isL2: Bool, isExtreme: Bool, seed: UInt64) {
      (self.dimension, self.count, self.isL2) = (dimension, count, isL2)
      var generator = SplitMix64(seed: seed)
      query = (0..<dimension).map { _ in
        isExtreme ? 127 : Int8(truncatingIfNeeded: Int(generator.integer(below: 255)) - 127)
      }
      query += repeatElement(0, count: (dimension + 127) / 128 * 128 - dimension)
      half = isL2 ? generator.uniform(0, 2) : generator.uniform(-1, 1)
      scale = generator.uniform(0.001, 0.01)
      for _ in 0..<count {
        let row = (0..<dimension).map { _ in
          isExtreme ? UInt8(255) : UInt8(1 + generator.integer(below: 255))
        }
        codes += row + Array(repeating: 128, count: padded - dimension)
        facts.append(
          vcl_graph_facts(half: generator.uniform(0, 2), scale: generator.uniform(0.001, 0.01)))
      }
    }

    func code(_ row: Int, _ column: Int) -> Int { Int(codes[row * padded + column]) }

    /// What half a code stands for.
    func value(_ row: Int, _ column: Int) -> Int { code(row, column) / 16 * 16 - 120 }

    /// The score of a row by halves or by whole codes, from sums of whole numbers.
    func score(_ row: Int, half: Float, isHalved: Bool) -> Float {
      var sum = 0
      for column in 0..<dimension {
        sum += Int(query[column]) * (isHalved ? value(row, column) : code(row, column) - 128)
      }
      return (self.half + half) - scale * facts[row].scale * Float(sum)
    }
  }

  private func halved(_ input: Input, _ table: CTable) -> (rows: [UInt8], facts: [vcl_graph_facts])
  {
    var rows = [UInt8](repeating: 0xaa, count: input.count * input.halved)
    var facts = [vcl_graph_facts](repeating: vcl_graph_facts(), count: input.count)
    for row in 0..<input.count {
      let code = Array(input.codes[row * input.padded..<(row + 1) * input.padded])
      var half = [UInt8](repeating: 0xaa, count: input.halved)
      var given = input.facts[row]
      unsafe table.kernels.functions.graph.halve(
        code, &given, input.dimension, input.padded, input.isL2 ? 1 : 0, &half, &facts[row])
      rows.replaceSubrange(row * input.halved..<(row + 1) * input.halved, with: half)
    }
    return (rows, facts)
  }

  @Test(
    "halves are the upper bits of codes, and scores by them those of whole numbers, at every level",
    arguments: CTable.levels, [1, 15, 63, 64, 65, 127, 128, 129, 192, 200, 384, 500, 1536])
  func scores(level: KernelLevel, dimension: Int) throws {
    let table = try CTable(level)
    for (isL2, isExtreme) in [(true, false), (false, false), (true, true)] {
      for count in [2, 5, 8, 70] {
        let seed = UInt64(dimension * 1000 + count)
        let input = Input(
          dimension: dimension, count: count, isL2: isL2, isExtreme: isExtreme, seed: seed)
        let halves = halved(input, table)
        for row in 0..<count {
          for column in 0..<dimension {
            let byte = halves.rows[row * input.halved + column / 128 * 64 + column % 64]
            let bits = column % 128 < 64 ? byte & 15 : byte >> 4
            #expect(Int(bits) == input.code(row, column) / 16, "row \(row), column \(column)")
          }
          let squares = (0..<dimension).reduce(0) {
            $0 + input.value(row, $1) * input.value(row, $1)
          }
          let scale = Double(input.facts[row].scale)
          let half = isL2 ? Float(0.5 * scale * scale * Double(squares)) : input.facts[row].half
          #expect(
            halves.facts[row].half == half && halves.facts[row].scale == input.facts[row].scale)
        }
        let found = walked(input, halves, table, most: nil)
        #expect(found.count == count, "seed \(seed)")
        for hit in found {
          let exact = input.score(hit.id, half: halves.facts[hit.id].half, isHalved: true)
          #expect(
            hit.score == exact, "\(level), dimension \(dimension), row \(hit.id), seed \(seed)")
        }
      }
    }
  }

  @Test("the pool that halves leave is sorted by whole codes", arguments: CTable.levels)
  func rescoring(level: KernelLevel) throws {
    let table = try CTable(level)
    for (count, most) in [(2, 1), (9, 9), (70, 24), (300, 100), (300, 290)] {
      let seed = UInt64(count * 1000 + most)
      let input = Input(dimension: 200, count: count, isL2: true, isExtreme: false, seed: seed)
      let found = walked(input, halved(input, table), table, most: most)
      let exact = (0..<count)
        .map { (score: input.score($0, half: input.facts[$0].half, isHalved: false), id: $0) }
        .sorted { ($0.score, $0.id) < ($1.score, $1.id) }
        .prefix(most)
      #expect(found.map(\.id) == exact.map(\.id), "\(level), seed \(seed)")
      #expect(found.map(\.score) == exact.map(\.score), "\(level), seed \(seed)")
    }
  }

  /// A walk by halves; if `most` is given, that many compared by whole codes.
  private func walked(
    _ input: Input, _ halves: (rows: [UInt8], facts: [vcl_graph_facts]), _ table: CTable,
    most: Int?
  ) -> [(id: Int, score: Float)] {
    var found: [(id: Int, score: Float)] = []
    unsafe withRows(halves.rows, halves.facts, VCL_GRAPH_INT4, input.halved) { rows in
      unsafe withRows(input.codes, input.facts, VCL_GRAPH_INT8, input.padded) { whole in
        unsafe input.query.withUnsafeBytes { values in
          var query = unsafe vcl_graph_query()
          unsafe query.values = values.baseAddress
          unsafe query.half = input.half
          unsafe query.scale = input.scale
          unsafe query.sum = input.query.reduce(0) { $0 + Int32($1) }
          found = unsafe CompleteGraph(count: input.count).scores(
            table, rows: rows, query: query, whole: most == nil ? nil : whole, most: most ?? 0)
        }
      }
    }
    return found
  }

  /// Rows in one chunk.
  private func withRows(
    _ bytes: [UInt8], _ facts: [vcl_graph_facts], _ kind: Int, _ stride: Int,
    _ body: (vcl_graph_rows) -> Void
  ) {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe facts.withUnsafeBytes { facts in
        var (chunk, beside) = (bytes.baseAddress, facts.baseAddress)
        unsafe withUnsafePointer(to: &chunk) { chunks in
          unsafe withUnsafePointer(to: &beside) { besides in
            var rows = unsafe vcl_graph_rows()
            unsafe rows.chunks = chunks
            unsafe rows.facts = besides
            unsafe rows.shift = 31
            unsafe rows.kind = Int32(kind)
            unsafe rows.stride = stride
            unsafe rows.dim = stride
            unsafe body(rows)
          }
        }
      }
    }
  }
}
