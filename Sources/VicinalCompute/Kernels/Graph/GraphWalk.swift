import CVicinalKernels
import VicinalCore

/// The memory of one worker's walks over a graph.
@safe struct GraphWalk: ~Copyable {
  /// Everything in one piece: a walk often takes no longer than asking for a few pieces.
  private var memory: ByteStorage
  /// Where the query as kernels read it begins.
  private let prepared: Int
  private let view: GraphView
  private let calls: GraphRowCalls?
  private(set) var functions: vcl_graph_kernels
  var state: vcl_walk

  /// Nodes a walk may visit before forgetting them costs a pass over all bits. No more than there are
  /// words of bits, over which a pass takes less long than over so many nodes.
  private static let logLimit = 16_384

  /// - Parameters:
  ///   - limit: Entries of the pool, at least 1.
  ///   - count: Nodes of the graph.
  ///   - isLinking: Whether the walk also chooses links.
  /// - Throws: What making a reader of codes throws.
  init(_ view: GraphView, limit: Int, count: Int, isLinking: Bool = false) throws(IndexError) {
    let words = (count + 63) / 64
    let logged = max(64, min(words, Self.logLimit))
    self.view = view
    let slots = 2 * view.widest + limit
    var (codeBytes, preparedBytes) = (0, 0)
    if case .coded(let rows) = view.source {
      calls = try GraphRowCalls(rows)
      preparedBytes = rows.bytes == nil ? 0 : 8 * rows.dimension
    } else {
      calls = nil
      codeBytes = 2 * view.codeStride
      preparedBytes = view.codeStride
    }
    let visited = Self.whole((limit + 1) * 8)
    let log = visited + Self.whole(words * 8)
    prepared = log + Self.whole(logged * 4)
    let linking = prepared + Self.whole(preparedBytes)
    memory = ByteStorage(zeros: linking + (isLinking ? slots * 24 + 8 + codeBytes : 0))
    functions = view.kernels.functions.graph
    let base = unsafe memory.mutableBase()
    unsafe state = vcl_walk()
    unsafe state.pool = base.assumingMemoryBound(to: UInt64.self)
    unsafe state.pool_limit = UInt32(limit)
    unsafe state.visited = (base + visited).assumingMemoryBound(to: UInt64.self)
    unsafe state.visited_words = words
    unsafe state.log = (base + log).assumingMemoryBound(to: Int32.self)
    unsafe state.log_limit = UInt32(logged)
    unsafe state.is_log_whole = 1
    unsafe state.node_count = UInt32(count)
    unsafe state.most_nearer = .max
    unsafe state.avoided = -1
    guard isLinking else { return }
    let kept = unsafe base + linking
    unsafe state.keys = kept.assumingMemoryBound(to: UInt64.self)
    unsafe state.kept = (kept + slots * 16).assumingMemoryBound(to: Int32.self)
    unsafe state.places = (kept + slots * 20).assumingMemoryBound(to: Int32.self)
    unsafe state.codes = kept + slots * 24 + 8
  }

  /// Bytes of whole cache lines.
  private static func whole(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

  /// Whether queries must be given even to kernels that know the row.
  var isCoded: Bool { calls != nil }

  /// The graph for this worker's kernels. Valid while this value lives.
  func own(_ graph: UnsafePointer<vcl_graph>) -> vcl_graph {
    var own = unsafe graph.pointee
    if let calls { unsafe own.rows.context = Unmanaged.passUnretained(calls).toOpaque() }
    return unsafe own
  }

  /// Prepares for a query, which must live as long as the result is used; kernels take the result.
  mutating func begin(query: Span<Float>) -> vcl_graph_query {
    var result = unsafe vcl_graph_query()
    calls?.reader.begin(query: query)
    switch view.source {
    case .floats(_, nil):
      unsafe query.withUnsafeBufferPointer { query in
        unsafe result.values = UnsafeRawPointer(query.baseAddress)
      }
    case .floats(_, let codes?):
      let target = unsafe memory.mutableBase() + prepared
      var facts = vcl_graph_facts()
      unsafe query.withUnsafeBufferPointer { query in
        guard let values = query.baseAddress else { return }
        // A query too large to be coded is like the centre; its hits are still compared exactly.
        _ = unsafe codes.quantize(
          values, into: target, &facts, &result.sum, kernels: view.kernels)
      }
      unsafe result.values = UnsafeRawPointer(target)
      unsafe result.half = facts.half
      unsafe result.scale = facts.scale
    case .coded(let rows):
      guard let bytes = rows.bytes else { return unsafe result }
      let target = unsafe (memory.mutableBase() + prepared).assumingMemoryBound(to: Float.self)
      let isL2 = rows.metric == .l2
      var half: Float = 0
      for column in 0..<rows.dimension {
        let (value, scale) = (query[column], bytes.scales[column])
        unsafe target[column] = isL2 ? value - bytes.offsets[column] : value * scale
        unsafe target[rows.dimension + column] = scale
        half -= value * bytes.offsets[column]
      }
      unsafe result.values = UnsafeRawPointer(target)
      unsafe result.half = isL2 ? 0 : half
    case .bits: break
    }
    return unsafe result
  }

  /// A stored code as a query.
  mutating func begin(row: Int32) -> vcl_graph_query {
    guard let calls else { return unsafe vcl_graph_query() }
    let rows = [row]
    var values = calls.reader.decode(rows.span)
    values += repeatElement(0, count: max(0, view.dimension - values.count))
    return unsafe begin(query: values.span)
  }

  /// Exact hits, best first, ties by id. The query must have begun.
  func ranked(_ ids: [Int32], _ query: Span<Float>) -> [GraphHit] {
    sorted(ids, values(of: ids, query))
  }

  /// Exact values. The query must have begun.
  func values(of ids: [Int32], _ query: Span<Float>) -> [Float] {
    var values = [Float](repeating: 0, count: ids.count)
    var target = values.mutableSpan
    if let calls {
      calls.reader.score(ids.span, into: &target)
    } else {
      view.distances(from: query, to: ids.span, into: &target)
    }
    return values
  }

  /// Exact values of rows of floats, compared with another row.
  func values(of ids: [Int32], from node: Int32) -> [Float] {
    var values = [Float](repeating: 0, count: ids.count)
    var target = values.mutableSpan
    view.distances(from: node, to: ids.span, into: &target)
    return values
  }

  /// Hits, best first, ties by id.
  func sorted(_ ids: [Int32], _ values: [Float]) -> [GraphHit] {
    var hits: [GraphHit] = []
    hits.reserveCapacity(ids.count)
    for place in ids.indices { hits.append(GraphHit(id: ids[place], value: values[place])) }
    sort(&hits)
    return hits
  }

  func sort(_ hits: inout [GraphHit]) {
    let isSimilarity = view.metric.isSimilarity
    hits.sort {
      $0.value != $1.value
        ? (isSimilarity ? $0.value > $1.value : $0.value < $1.value) : $0.id < $1.id
    }
  }

  /// The entries of the pool with their scores, nearest first.
  func hits(where isTaken: (Int32) -> Bool) -> [GraphHit] {
    var hits: [GraphHit] = []
    for entry in 0..<Int(unsafe state.pool_count) {
      let key = unsafe state.pool[entry]
      let id = Self.node(key)
      guard isTaken(id) else { continue }
      hits.append(GraphHit(id: id, value: Self.score(key)))
    }
    return hits
  }

  /// The node of an entry of the pool.
  static func node(_ key: UInt64) -> Int32 { Int32(truncatingIfNeeded: key >> 1 & 0x7fff_ffff) }

  /// The score of an entry of the pool.
  static func score(_ key: UInt64) -> Float {
    let bits = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: bits >> 31 == 1 ? bits ^ 0x8000_0000 : ~bits)
  }

  /// Whether larger values are better.
  var isSimilarity: Bool { view.metric.isSimilarity }

  /// The ids of the best `limit` entries of the pool, nearest first.
  func best(_ limit: Int, where isTaken: (Int32) -> Bool) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(min(limit, Int(unsafe state.pool_count)))
    for entry in 0..<Int(unsafe state.pool_count) where ids.count < limit {
      let id = unsafe Self.node(state.pool[entry])
      if isTaken(id) { ids.append(id) }
    }
    return ids
  }
}
