import CVicinalKernels
package import VicinalCore

/// A matrix laid out for multiplying many vectors with it.
///
/// The product of a vector is the same floats whether it comes alone or in a batch, and for any
/// number of threads: every output is one sum, in the order of the coordinates.
package struct PackedMatrix: Sendable {
  /// Outputs, the rows of the matrix.
  package let rows: Int
  /// Inputs, the columns of the matrix.
  package let columns: Int
  /// Panels of 32 rows, column after column in each, zeros behind the last row.
  private let panels: [Float]

  /// Lays out `rows · columns` numbers, row-major.
  package init(_ values: Span<Float>, rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0 && values.count == rows * columns)
    (self.rows, self.columns) = (rows, columns)
    let width = Int(VCL_PANEL_OUTPUTS)
    var panels = [Float](repeating: 0, count: (rows + width - 1) / width * width * columns)
    for row in 0..<rows {
      var place = row / width * width * columns + row % width
      for column in 0..<columns {
        panels[place] = values[row * columns + column]
        place += width
      }
    }
    self.panels = panels
  }

  /// Bytes of memory held.
  package var byteCount: Int { panels.count * 4 }

  /// The matrix times every vector, plus a bias: row-major, `rows` floats per vector.
  ///
  /// - Parameters:
  ///   - vectors: Vectors of `columns` floats.
  ///   - bias: Empty, or a float per row.
  ///   - kernels: Instruction set.
  ///   - execution: Threads, cancellation.
  /// - Complexity: O(vectors · rows · columns).
  package func times(
    _ vectors: borrowing VectorBatch, bias: [Float], kernels: KernelSet, execution: Execution
  ) throws(IndexError) -> [Float] {
    precondition(vectors.dimension == columns && (bias.isEmpty || bias.count == rows))
    let size = try checkedProduct(vectors.count, rows, of: "the transformed vectors")
    let (count, rows, columns, panels) = (vectors.count, rows, columns, panels)
    // Enough for a thread to read the matrix once for a few dozen vectors.
    let step = 96
    let parts = (count + step - 1) / step
    var failure: IndexError?
    let output = unsafe [Float](unsafeUninitializedCapacity: size) { output, filled in
      unsafe vectors.values.withUnsafeBufferPointer { values in
        guard let from = values.baseAddress, let to = output.baseAddress else { return }
        // The input is only read, and every part of the output has one writer.
        do throws(IndexError) {
          _ = try parallelMap(parts, workers: execution.workerCount) { part throws(IndexError) in
            try execution.checkCancellation()
            let first = part * step
            let taken = min(step, count - first)
            unsafe bias.withUnsafeBufferPointer { bias in
              unsafe kernels.functions.linear.project(
                from + first * columns, taken, columns, panels,
                bias.isEmpty ? nil : bias.baseAddress, rows, to + first * rows)
            }
          }
          filled = size
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    return output
  }
}
