import CVicinalKernels
package import VicinalCore

/// Adds chosen rows, in the order given, to `sum`.
///
/// - Parameters:
///   - rows: Row-major vectors.
///   - ids: Which rows; each below `rows.count`.
///   - weights: One per row of `rows`, or `nil` for all ones.
package func accumulate(
  _ rows: borrowing VectorBatch, ids: ArraySlice<Int32>, weights: [Float]?, into sum: inout [Double]
) {
  precondition(sum.count == rows.dimension)
  precondition(ids.allSatisfy { $0 >= 0 && $0 < rows.count })
  let dimension = rows.dimension
  unsafe rows.values.withUnsafeBufferPointer { values in
    unsafe ids.withUnsafeBufferPointer { ids in
      unsafe withOptionalPointer(weights) { weights in
        unsafe vcl_accumulate(
          values.baseAddress, dimension, ids.baseAddress, weights, ids.count, &sum)
      }
    }
  }
}
