import CVicinalKernels

/// Where the nodes of a batch write the links that they choose: into the graph, where nobody reads them
/// yet; or, for nodes that have links already, beside it until all have chosen.
struct ChosenLists {
  /// Where the links of each node begin in `links`; empty where they are in the graph.
  private var starts: [Int32: Int] = [:]
  private var links: [Int32] = []
  private let nodes: ArraySlice<Int32>
  private let levels: [Int32]
  private let cumulative: [Int32]

  /// - Parameters:
  ///   - levels: Levels of every node of the graph.
  ///   - cumulative: Slots of the levels below each level.
  ///   - isAnew: Whether the nodes have links already.
  init(_ nodes: ArraySlice<Int32>, levels: [Int32], cumulative: [Int32], isAnew: Bool) {
    (self.nodes, self.levels, self.cumulative) = (nodes, levels, cumulative)
    guard isAnew else { return }
    var total = 0
    for node in nodes {
      starts[node] = total
      total += Int(cumulative[Int(levels[Int(node)])])
    }
    links = [Int32](repeating: -1, count: total)
  }

  /// Gives the slots of a node, of all its levels.
  mutating func withList(
    of node: Int32, _ graph: inout vcl_graph,
    _ body: (inout vcl_graph, UnsafeMutablePointer<Int32>) -> Void
  ) {
    let own = unsafe graph.neighbors + Int(graph.offsets[Int(node)])
    guard let start = starts[node] else { return unsafe body(&graph, own) }
    unsafe links.withUnsafeMutableBufferPointer { links in
      unsafe body(&graph, links.baseAddress.map { unsafe $0 + start } ?? own)
    }
  }

  /// Forgets what a node chose.
  mutating func clear(_ node: Int32, _ graph: UnsafePointer<vcl_graph>) {
    var graph = unsafe graph.pointee
    let size = Int(cumulative[Int(levels[Int(node)])])
    unsafe withList(of: node, &graph) { _, list in
      for slot in 0..<size { unsafe list[slot] = -1 }
    }
  }

  /// Calls `body` with each level up to `top` and each node that a node chose there.
  func forEach(
    of node: Int32, upTo top: Int, _ graph: UnsafePointer<vcl_graph>, _ body: (Int, Int32) -> Void
  ) {
    let own = unsafe graph.pointee.neighbors + Int(graph.pointee.offsets[Int(node)])
    let start = starts[node]
    for level in 0..<top + 1 {
      for slot in Int(cumulative[level])..<Int(cumulative[level + 1]) {
        let target = unsafe start.map { links[$0 + slot] } ?? own[slot]
        guard target >= 0 else { break }
        body(level, target)
      }
    }
  }

  /// Writes what was kept beside the graph into it.
  func store(in graph: UnsafePointer<vcl_graph>) {
    for node in nodes {
      guard let start = starts[node] else { continue }
      let own = unsafe graph.pointee.neighbors + Int(graph.pointee.offsets[Int(node)])
      for slot in 0..<Int(cumulative[Int(levels[Int(node)])]) {
        unsafe own[slot] = links[start + slot]
      }
    }
  }
}
