import CVicinalKernels
import VicinalCore

/// The memory of one worker's walks over a graph.
@safe struct GraphWalk: ~Copyable {
  private var pool: ByteStorage
  private var visited: ByteStorage
  private var log: ByteStorage
  private var linking: ByteStorage
  private(set) var functions: vcl_graph_kernels
  var state: vcl_walk

  /// Nodes a walk may visit before forgetting them costs a pass over all bits.
  private static let logLimit = 16_384

  /// - Parameters:
  ///   - limit: Entries of the pool, at least 1.
  ///   - count: Nodes of the graph.
  ///   - isLinking: Whether the walk also chooses links.
  init(_ view: some WalkableRows, limit: Int, count: Int, isLinking: Bool = false) {
    let words = (count + 63) / 64
    let logged = max(64, min(count, Self.logLimit))
    pool = ByteStorage(zeros: (limit + 1) * 8)
    visited = ByteStorage(zeros: words * 8)
    log = ByteStorage(zeros: logged * 4)
    let slots = 2 * view.widest
    let codeBytes = 2 * view.queryBytes
    linking = ByteStorage(zeros: isLinking ? slots * 20 + codeBytes : 0)
    functions = view.kernels.functions.graph
    unsafe state = vcl_walk()
    unsafe state.pool = pool.mutableBase().assumingMemoryBound(to: UInt64.self)
    unsafe state.pool_limit = UInt32(limit)
    unsafe state.visited = visited.mutableBase().assumingMemoryBound(to: UInt64.self)
    unsafe state.visited_words = words
    unsafe state.log = log.mutableBase().assumingMemoryBound(to: Int32.self)
    unsafe state.log_limit = UInt32(logged)
    unsafe state.is_log_whole = 1
    guard isLinking else { return }
    let base = unsafe linking.mutableBase()
    unsafe state.keys = base.assumingMemoryBound(to: UInt64.self)
    unsafe state.kept = (base + slots * 16).assumingMemoryBound(to: Int32.self)
    unsafe state.codes = base + slots * 20
  }

  /// The entries of the pool with their scores, nearest first.
  func scores(where isTaken: (Int32) -> Bool) -> [GraphHit] {
    var hits: [GraphHit] = []
    for entry in 0..<Int(unsafe state.pool_count) {
      let key = unsafe state.pool[entry]
      let id = Int32(truncatingIfNeeded: key >> 1 & 0x7fff_ffff)
      guard isTaken(id) else { continue }
      let bits = UInt32(truncatingIfNeeded: key >> 32)
      hits.append(
        GraphHit(
          id: id, value: Float(bitPattern: bits >> 31 == 1 ? bits ^ 0x8000_0000 : ~bits)))
    }
    return hits
  }

  /// The ids of the best `limit` entries of the pool, nearest first.
  func best(_ limit: Int, where isTaken: (Int32) -> Bool) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(min(limit, Int(unsafe state.pool_count)))
    for entry in 0..<Int(unsafe state.pool_count) where ids.count < limit {
      let id = Int32(truncatingIfNeeded: unsafe state.pool[entry] >> 1 & 0x7fff_ffff)
      if isTaken(id) { ids.append(id) }
    }
    return ids
  }
}
