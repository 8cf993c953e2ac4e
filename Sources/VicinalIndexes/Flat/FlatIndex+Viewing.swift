import VicinalCompute
public import VicinalCore

extension FlatIndex {
  /// An index whose vectors stay where they are, for example in a mapped `.npy` file
  /// (`VectorFile.storedFloats()`): the second index of a ``RefinedIndex`` looks at few of them.
  ///
  /// Vectors are not looked at, so that nothing is read before it is needed; one that holds NaN is
  /// never found.
  ///
  /// - Parameters:
  ///   - rows: Floats, row-major; a view of a file, or memory.
  ///   - dimension: Floats per vector.
  ///   - metric: Any metric.
  /// - Throws: ``IndexError/Code/invalidArgument`` if those are no whole vectors.
  public init(viewing rows: ByteStorage, dimension: Int, metric: Metric) throws(IndexError) {
    self.init(dimension: dimension, metric: metric, isAccelerated: false)
    let width = try checkedProduct(dimension, 4, of: "a vector")
    guard width > 0, rows.count.isMultiple(of: width) else {
      throw IndexError(
        .invalidArgument, "\(rows.count) bytes are no whole vectors of \(dimension) floats")
    }
    var chunks: [ByteStorage] = []
    for first in stride(from: 0, to: rows.count, by: self.rows.chunkRows * width) {
      chunks.append(rows.slice(first..<min(rows.count, first + self.rows.chunkRows * width)))
    }
    self.rows.adopt(chunks: chunks, kernels: try KernelSet())
  }
}
