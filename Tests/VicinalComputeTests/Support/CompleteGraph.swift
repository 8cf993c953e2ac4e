import CVicinalKernels
import VicinalCompute

/// A graph in which every node links to all others, so that a walk compares all of them.
struct CompleteGraph {
  let count: Int

  /// Scores of all rows in the order of the pool, which searching has filled and, if `whole` are
  /// given, comparing the best by these has sorted.
  func scores(
    _ table: CTable, rows: vcl_graph_rows, query: vcl_graph_query,
    whole: vcl_graph_rows? = nil, most: Int = 0
  ) -> [(id: Int, score: Float)] {
    var pool = [UInt64](repeating: 0, count: count + 1)
    var visited = [UInt64](repeating: 0, count: (count + 63) / 64)
    var log = [Int32](repeating: 0, count: 64)
    var held = 0
    unsafe withGraph(rows) { graph in
      unsafe pool.withUnsafeMutableBufferPointer { pool in
        unsafe visited.withUnsafeMutableBufferPointer { visited in
          unsafe log.withUnsafeMutableBufferPointer { log in
            var graph = unsafe graph
            var query = unsafe query
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
            if let whole = unsafe whole {
              unsafe graph.rows = whole
              unsafe table.kernels.functions.graph.rescore(&graph, &query, UInt32(most), &walk)
            }
            held = Int(unsafe walk.pool_count)
          }
        }
      }
    }
    return pool.prefix(held).map { entry in
      let bits = UInt32(entry >> 32)
      return (
        Int(entry >> 1 & 0x7fff_ffff),
        Float(bitPattern: bits ^ (bits & 0x8000_0000 != 0 ? 0x8000_0000 : .max))
      )
    }
  }

  /// The graph as kernels take it, valid while `body` runs.
  func withGraph(_ rows: vcl_graph_rows, _ body: (vcl_graph) -> Void) {
    var neighbors = (0..<count).flatMap { node in
      (0..<count).filter { $0 != node }.map(Int32.init)
    }
    let offsets = (0...count).map { UInt64($0 * (count - 1)) }
    let cumulative: [Int32] = [0, Int32(count - 1)]
    unsafe neighbors.withUnsafeMutableBufferPointer { neighbors in
      unsafe offsets.withUnsafeBufferPointer { offsets in
        unsafe cumulative.withUnsafeBufferPointer { cumulative in
          var graph = unsafe vcl_graph()
          unsafe graph.rows = rows
          unsafe graph.neighbors = neighbors.baseAddress
          unsafe graph.offsets = offsets.baseAddress
          unsafe graph.cumulative = cumulative.baseAddress
          unsafe body(graph)
        }
      }
    }
  }
}
