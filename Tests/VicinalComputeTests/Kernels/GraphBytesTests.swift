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
    var neighbors = (0..<count).flatMap { node in (0..<count).filter { $0 != node }.map(Int32.init)
    }
    let offsetsOfNodes = (0...count).map { UInt64($0 * (count - 1)) }
    let cumulative: [Int32] = [0, Int32(count - 1)]
    var pool = [UInt64](repeating: 0, count: count + 1)
    var visited = [UInt64](repeating: 0, count: (count + 63) / 64)
    var log = [Int32](repeating: 0, count: 64)
    var found: [Int: Float] = [:]
    unsafe buffer.withUnsafeMutableBytes { bytes in
      var chunk = unsafe bytes.baseAddress.map { unsafe UnsafeRawPointer($0) + shift }
      unsafe withUnsafePointer(to: &chunk) { chunks in
        unsafe neighbors.withUnsafeMutableBufferPointer { neighbors in
          unsafe offsetsOfNodes.withUnsafeBufferPointer { starts in
            unsafe cumulative.withUnsafeBufferPointer { cumulative in
              unsafe values.withUnsafeBufferPointer { values in
                unsafe pool.withUnsafeMutableBufferPointer { pool in
                  unsafe visited.withUnsafeMutableBufferPointer { visited in
                    unsafe log.withUnsafeMutableBufferPointer { log in
                      var graph = unsafe vcl_graph()
                      unsafe graph.neighbors = neighbors.baseAddress
                      unsafe graph.offsets = starts.baseAddress
                      unsafe graph.cumulative = cumulative.baseAddress
                      unsafe graph.rows.chunks = chunks
                      unsafe graph.rows.shift = 31
                      unsafe graph.rows.kind = Int32(
                        isL2 ? VCL_GRAPH_BYTES_L2 : VCL_GRAPH_BYTES_IP)
                      unsafe graph.rows.stride = dimension
                      unsafe graph.rows.dim = dimension
                      var query = unsafe vcl_graph_query()
                      unsafe query.values = UnsafeRawPointer(values.baseAddress)
                      unsafe query.half = half
                      var walk = unsafe vcl_walk()
                      unsafe walk.pool = pool.baseAddress
                      unsafe walk.pool_limit = UInt32(count)
                      unsafe walk.visited = visited.baseAddress
                      unsafe walk.visited_words = visited.count
                      unsafe walk.log = log.baseAddress
                      unsafe walk.log_limit = 64
                      unsafe walk.is_log_whole = 1
                      unsafe walk.most_nearer = .max
                      unsafe walk.avoided = -1
                      unsafe table.kernels.functions.graph.search(&graph, &query, 0, 0, &walk)
                      for place in 0..<Int(unsafe walk.pool_count) {
                        let entry = unsafe pool[place]
                        let bits = UInt32(entry >> 32)
                        let score = Float(
                          bitPattern: bits ^ (bits & 0x8000_0000 != 0 ? 0x8000_0000 : .max))
                        found[Int(entry >> 1 & 0x7fff_ffff)] = score
                      }
                    }
                  }
                }
              }
            }
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
