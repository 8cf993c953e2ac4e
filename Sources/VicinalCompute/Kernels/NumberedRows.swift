import CVicinalKernels
import VicinalCore

/// Rows in chunks that queries are compared with by number; made once per worker.
@safe package struct NumberedRows {
  private let rows: RowChunks
  private let kernels: KernelSet
  /// Where the chunks begin; `rows` keeps them.
  private let bases: [UnsafeRawPointer]

  /// Rows, as they are now.
  package init(_ rows: RowChunks, kernels: KernelSet) {
    self.rows = rows
    self.kernels = kernels
    unsafe bases = rows.blocks.map { unsafe $0.rows.baseAddress }
  }

  /// Compares a query with chosen rows, in the metric's own scale.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - numbers: Rows, within 0 ..< `count`, in any order.
  ///   - values: As many places as numbers.
  package func distances(
    from query: Span<Float>, to numbers: Span<Int64>, into values: inout MutableSpan<Float>
  ) {
    let (dimension, count) = (rows.dimension, numbers.count)
    precondition(query.count == dimension && values.count == count)
    let (shift, mask, rowBytes) = (Int(rows.shift), rows.chunkRows - 1, dimension * 4)
    unsafe withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: count) { places in
      for place in 0..<count {
        let number = Int(numbers[place])
        precondition(number >= 0 && number < rows.count)
        unsafe places.initializeElement(
          at: place, to: bases[number >> shift] + (number & mask) * rowBytes)
      }
      unsafe query.withUnsafeBufferPointer { query in
        unsafe values.withUnsafeMutableBufferPointer { values in
          guard let start = query.baseAddress, let output = values.baseAddress else { return }
          if rows.metric == .l2 || rows.metric == .innerProduct {
            unsafe kernels.functions.pointers(
              rows.metric.faissCode, start, places.baseAddress, dimension, count, output)
          } else {
            for place in 0..<count {
              unsafe kernels.functions.rows(
                rows.metric.faissCode, rows.metric.argument, start, places[place], dimension, 1,
                output + place)
            }
          }
        }
      }
    }
  }
}
