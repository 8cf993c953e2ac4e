public import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex {
  /// An empty index that keeps codes instead of vectors: less memory, and answers as good as the
  /// codes.
  ///
  /// Walks compare queries with codes; distances are those to what the codes stand for. New
  /// vectors choose their links by their own values, stored ones by what their codes stand for.
  ///
  /// The corresponding faiss types are `IndexHNSWSQ`, `IndexHNSWPQ` and `IndexHNSW` over other
  /// codes.
  ///
  /// - Parameters:
  ///   - codec: Trained already or not; its codes must be plain rows.
  ///   - metric: L2 or inner product.
  ///   - links: Links per node, 2…1024; level 0 has twice as many. faiss: `M`.
  /// - Throws: ``IndexError/Code/unsupported`` for other metrics and layouts,
  ///   ``IndexError/Code/invalidArgument``.
  public init(
    codec: any VectorCodec, metric: Metric = .l2, links: Int = 32
  ) throws(IndexError) {
    try self.init(
      dimension: codec.dimension, metric: metric, links: links, isAccelerated: false)
    coded = try CodedRows(codec: codec)
  }

  /// Takes over codes and links that a file holds.
  ///
  /// - Parameters:
  ///   - codec: Trained if there are codes.
  ///   - codes: Plain rows; may view a mapped file.
  ///   - graph: Checked here.
  /// - Throws: ``IndexError/Code/corruptFile`` if the graph is not sound or the codes do not fit,
  ///   ``IndexError/Code/unsupported`` for metrics other than L2 and inner product.
  package init(
    codec: any VectorCodec, codes: CodeBlock, metric: Metric, graph: HNSWGraph
  ) throws(IndexError) {
    let needed = try checkedProduct(codes.count, codec.codeSize, of: "the codes of a graph")
    guard codes.codeSize == codec.codeSize, codes.bytes.count == needed,
      codec.isTrained || codes.count == 0
    else {
      throw IndexError(
        .corruptFile,
        "\(codes.count) codes of \(codec.codeSize) bytes of a trained codec are \(needed) bytes;"
          + " there are \(codes.bytes.count)")
    }
    try self.init(
      rows: RowChunks(dimension: codec.dimension, metric: metric, isAccelerated: false),
      coded: try CodedRows(codec: codec, codes: codes), graph: graph)
  }

  /// Turns vectors into the codes that the index keeps; `nil` if it keeps the vectors.
  public var codec: (any VectorCodec)? { coded?.codec }
}
