import CVicinalKernels
public import VicinalCore

extension KernelSet {
  /// Compares one query with consecutive rows.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - rows: `output.count` rows of `dimension` floats, at any byte address.
  ///   - metric: Which value to compute.
  ///   - output: Receives one value per row, in the metric's own scale.
  public func distances(
    from query: Span<Float>, to rows: RawSpan, metric: Metric, into output: inout MutableSpan<Float>
  ) {
    let dimension = query.count
    precondition(rows.byteCount >= output.count * dimension * 4)
    unsafe query.withUnsafeBufferPointer { query in
      unsafe rows.withUnsafeBytes { rows in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe functions.rows(
            metric.faissCode, metric.argument, query.baseAddress, rows.baseAddress, dimension,
            output.count, output.baseAddress)
        }
      }
    }
  }

  /// Compares two vectors.
  public func distance(_ a: Span<Float>, _ b: Span<Float>, metric: Metric) -> Float {
    var value: Float = 0
    precondition(a.count == b.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe functions.rows(
          metric.faissCode, metric.argument, a.baseAddress, b.baseAddress, a.count, 1, &value)
      }
    }
    return value
  }

  /// Squared L2 norms of consecutive rows.
  public func squaredNorms(
    of rows: RawSpan, dimension: Int, into output: inout MutableSpan<Float>
  ) {
    precondition(rows.byteCount >= output.count * dimension * 4)
    unsafe rows.withUnsafeBytes { rows in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe functions.norms(rows.baseAddress, dimension, output.count, output.baseAddress)
      }
    }
  }
}
