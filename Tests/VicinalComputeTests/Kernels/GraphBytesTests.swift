import CVicinalKernels
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Walks over codes of one byte per dimension, called as the library calls them.
@Suite struct GraphBytesTests {
  /// Scores of all rows, read from the pool after a walk over a complete graph.
  private func scores(
    _ table: CTable, isL2: Bool, query: [Float], offsets: [Float], scales: [Float],
    codes: [UInt8], shift: Int
  ) -> [Int: Float] {
    let dimension = query.count
    let count = codes.count / dimension
    // Rows begin at an odd address and end with the buffer.
    var buffer = [UInt8](repeating: 0, count: shift) + codes
    var values = [Float](repeating: 0, count: 2 * dimension)
    var half: Float = 0
    for column in 0..<dimension {
      values[column] = isL2 ? query[column] - offsets[column] : query[column] * scales[column]
      values[dimension + column] = scales[column]
      half -= isL2 ? 0 : query[column] * offsets[column]
    }
    var found: [Int: Float] = [:]
    unsafe buffer.withUnsafeMutableBytes { bytes in
      var chunk = unsafe bytes.baseAddress.map { unsafe UnsafeRawPointer($0) + shift }
      unsafe withUnsafePointer(to: &chunk) { chunks in
        unsafe values.withUnsafeBufferPointer { values in
          var rows = unsafe vcl_graph_rows()
          unsafe rows.chunks = chunks
          unsafe rows.shift = 31
          unsafe rows.kind = Int32(isL2 ? VCL_GRAPH_BYTES_L2 : VCL_GRAPH_BYTES_IP)
          unsafe rows.stride = dimension
          unsafe rows.dim = dimension
          var query = unsafe vcl_graph_query()
          unsafe query.values = UnsafeRawPointer(values.baseAddress)
          unsafe query.half = half
          for hit in unsafe CompleteGraph(count: count).scores(table, rows: rows, query: query) {
            found[hit.id] = hit.score
          }
        }
      }
    }
    return found
  }

  @Test(
    "scores are those of decoded rows at every level, for any dimension and address",
    arguments: CTable.levels, [1, 3, 15, 16, 17, 31, 48, 100, 131])
  func scores(level: KernelLevel, dimension: Int) throws {
    let table = try CTable(level)
    var generator = SplitMix64(seed: UInt64(dimension))
    for isL2 in [true, false] {
      for count in [2, 5, 9] {
        let query = (0..<dimension).map { _ in generator.normal() }
        let offsets = (0..<dimension).map { _ in generator.normal() }
        let scales = (0..<dimension).map { _ in generator.uniform(0, 0.1) }
        let codes = (0..<count * dimension).map { _ in UInt8(generator.integer(below: 256)) }
        let found = scores(
          table, isL2: isL2, query: query, offsets: offsets, scales: scales, codes: codes,
          shift: count % 3)
        #expect(found.count == count)
        for row in 0..<count {
          var exact = 0.0
          var size = 0.0
          for column in 0..<dimension {
            let code = Double(codes[row * dimension + column])
            let value = Double(offsets[column]) + Double(scales[column]) * code
            let part =
              isL2
              ? (Double(query[column]) - value) * (Double(query[column]) - value)
              : -Double(query[column]) * value
            exact += part
            size += abs(part) + abs(Double(query[column]) * Double(offsets[column]))
          }
          let error = abs(Double(found[row] ?? .nan) - exact)
          #expect(error <= 1e-5 * size, "\(level), dimension \(dimension), L2 \(isL2), row \(row)")
        }
      }
    }
  }
}
