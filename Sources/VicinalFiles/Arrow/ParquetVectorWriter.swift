import CVicinalArrow
package import VicinalCore

/// Writes one parquet file of ids (int64) and vectors (lists of fixed size, float32), or one of both.
package final class ParquetVectorWriter {
  private let handle: ArrowHandle
  private let output: any ReplacingOutput
  private let dimension: Int

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - output: Receives its bytes.
  ///   - idColumn: The name of the ids; empty for none.
  ///   - vectorColumn: The name of the vectors; empty for none.
  ///   - dimension: Numbers in a vector, at least 1.
  /// - Throws: ``IndexError/Code/unsupported`` in builds without Arrow.
  package init(
    to output: any ReplacingOutput, idColumn: String, vectorColumn: String, dimension: Int
  ) throws(IndexError) {
    self.output = output
    self.dimension = dimension
    handle = try ArrowHandle {
      unsafe vca_open_vector_writer(idColumn, vectorColumn, Int64(dimension), &$0)
    }
  }

  /// Adds rows, as a row group: hand over many at a time.
  package func add(_ ids: [Int64], _ vectors: [Float]) throws(IndexError) {
    guard vectors.count == ids.count * dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(ids.count) ids need as many vectors of dimension \(dimension), got \(vectors.count) floats"
      )
    }
    try callArrow { unsafe vca_add_vectors(handle.number, ids, vectors, Int64(ids.count)) }
    try output.takePending(handle)
  }

  /// Ends the file and puts it in its place.
  package func finish() throws(IndexError) {
    try callArrow { vca_finish_vectors(handle.number) }
    try output.takePending(handle)
    try output.commit()
  }
}

extension ReplacingOutput {
  /// Writes the bytes that a parquet writer has ready.
  func takePending(_ handle: ArrowHandle) throws(IndexError) {
    var start: UnsafeRawPointer?
    var count: Int64 = 0
    try callArrow { unsafe vca_pending(handle.number, &start, &count) }
    guard count > 0, let start = unsafe start else { return }
    // Valid until the writer is used again, which happens behind this.
    try unsafe write(RawSpan(_unsafeStart: start, byteCount: Int(count)))
  }
}
