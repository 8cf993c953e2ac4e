import CVicinalKernels
import VicinalCore

extension KernelSet {
  /// Applies, to every row in place, a diagonal of signs, the unnormalised Walsh–Hadamard
  /// transform and a factor.
  ///
  /// - Parameters:
  ///   - rows: Whole rows of `size` floats.
  ///   - size: A power of two.
  ///   - signs: `size` floats, or empty for all ones.
  ///   - scale: Multiplied with the result.
  /// - Complexity: O(rows · size · log size).
  package func walshHadamard(
    _ rows: inout MutableSpan<Float>, size: Int, signs: Span<Float>, scale: Float
  ) {
    precondition(size > 0 && size & (size - 1) == 0 && rows.count.isMultiple(of: size))
    precondition(signs.isEmpty || signs.count == size)
    let count = rows.count / size
    unsafe rows.withUnsafeMutableBufferPointer { rows in
      unsafe signs.withUnsafeBufferPointer { signs in
        unsafe functions.linear.hadamard(
          rows.baseAddress, count, size, signs.isEmpty ? nil : signs.baseAddress, scale)
      }
    }
  }
}
