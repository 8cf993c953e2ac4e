import CVicinalKernels
package import VicinalCore

/// Compares a query with stored codes, for one worker's walks over a graph.
package protocol GraphRowReader: AnyObject {
  /// Prepares for a query.
  func begin(query: Span<Float>)

  /// Values between the query and rows, in the metric's scale.
  ///
  /// - Parameters:
  ///   - rows: Numbers of rows.
  ///   - values: At least as many places.
  func score(_ rows: Span<Int32>, into values: inout MutableSpan<Float>)

  /// What the codes of rows stand for, row-major.
  func decode(_ rows: Span<Int32>) -> [Float]
}

/// The rows of a graph as codes.
package struct GraphCodedRows: Sendable {
  /// What codes of one byte per dimension mean, which walks read themselves.
  package struct ByteValues: Sendable {
    let offsets: [Float]
    let scales: [Float]

    /// - Parameters:
    ///   - offsets: What a code of 0 stands for, per dimension.
    ///   - scales: What a step of 1 is worth, per dimension.
    package init(offsets: [Float], scales: [Float]) {
      precondition(offsets.count == scales.count)
      self.offsets = offsets
      self.scales = scales
    }
  }

  let count: Int
  let dimension: Int
  let metric: Metric
  let codes: ByteStorage
  let codeSize: Int
  let bytes: ByteValues?
  let makeReader: @Sendable () throws(IndexError) -> any GraphRowReader

  /// - Parameters:
  ///   - metric: L2 or inner product.
  ///   - codes: Codes of `codeSize` bytes, row after row; equal ones stand for equal vectors.
  ///   - bytes: What the bytes of codes mean, if they are of that kind.
  ///   - makeReader: Makes what a worker compares codes with.
  package init(
    count: Int, dimension: Int, metric: Metric, codes: ByteStorage, codeSize: Int,
    bytes: ByteValues?,
    makeReader: @escaping @Sendable () throws(IndexError) -> any GraphRowReader
  ) {
    precondition(codes.count >= count * codeSize)
    precondition(bytes.map { $0.scales.count == dimension && codeSize == dimension } ?? true)
    self.count = count
    self.dimension = dimension
    self.metric = metric
    self.codes = codes
    self.codeSize = codeSize
    self.bytes = bytes
    self.makeReader = makeReader
  }
}

/// A reader as kernels call it.
final class GraphRowCalls {
  let reader: any GraphRowReader
  private let dimension: Int
  private let isSimilarity: Bool
  /// Where decoded rows stay until the next call.
  private var decoded = ByteStorage()

  init(_ rows: GraphCodedRows) throws(IndexError) {
    reader = try rows.makeReader()
    dimension = rows.dimension
    isSimilarity = rows.metric.isSimilarity
  }

  /// Scores in the kernels' sense: smaller is nearer.
  fileprivate func score(_ rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    reader.score(rows, into: &values)
    guard isSimilarity else { return }
    for place in rows.indices { values[place] = -values[place] }
  }

  fileprivate func decode(_ rows: Span<Int32>) -> UnsafePointer<Float> {
    let floats = reader.decode(rows)
    decoded.resize(to: 0)
    decoded.append(floats.span)
    // Kernels read whole rows, whatever the reader gave.
    decoded.resize(to: rows.count * dimension * 4)
    return unsafe decoded.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// Tells kernels how to call; the context must be that of a reader of the worker.
  static func install(in rows: inout vcl_graph_rows) {
    unsafe rows.score = { context, ids, count, out in
      guard let context = unsafe context, let ids = unsafe ids, let out = unsafe out else { return }
      let calls = unsafe Unmanaged<GraphRowCalls>.fromOpaque(context).takeUnretainedValue()
      var values = unsafe MutableSpan(_unsafeStart: out, count: Int(count))
      calls.score(unsafe Span(_unsafeStart: ids, count: Int(count)), into: &values)
    }
    unsafe rows.decode = { context, ids, count in
      guard let context = unsafe context, let ids = unsafe ids else { return nil }
      let calls = unsafe Unmanaged<GraphRowCalls>.fromOpaque(context).takeUnretainedValue()
      return unsafe calls.decode(Span(_unsafeStart: ids, count: Int(count)))
    }
  }
}
