import CVicinalKernels
import VicinalCore

/// What is counted where two codes differ.
package enum CodeDifference: Sendable {
  /// Bits: Hamming distance.
  case bits
  /// Bytes: faiss's generalised Hamming distance.
  case bytes
}

extension KernelSet {
  /// How far consecutive codes are from one code, counted in bits or bytes.
  ///
  /// - Parameters:
  ///   - code: One code; its length is that of all.
  ///   - codes: `count` codes.
  ///   - values: Receives one value per code.
  package func countDifferences(
    from code: RawSpan, to codes: RawSpan, count: Int, in unit: CodeDifference,
    into values: inout MutableSpan<Float>
  ) {
    precondition(count >= 0 && values.count >= count)
    precondition(code.byteCount > 0 && codes.byteCount / code.byteCount >= count)
    unsafe code.withUnsafeBytes { code in
      unsafe codes.withUnsafeBytes { codes in
        unsafe values.withUnsafeMutableBufferPointer { values in
          unsafe functions.pq.differences(
            code.baseAddress, codes.baseAddress, code.count, count, unit == .bytes ? 1 : 0,
            values.baseAddress)
        }
      }
    }
  }

  /// The same for the codes with the numbers `rows`.
  package func countDifferences(
    from code: RawSpan, to codes: RawSpan, rows: Span<Int32>, in unit: CodeDifference,
    into values: inout MutableSpan<Float>
  ) {
    let size = code.byteCount
    precondition(size > 0 && values.count >= rows.count)
    let total = codes.byteCount / size
    unsafe code.withUnsafeBytes { code in
      unsafe codes.withUnsafeBytes { codes in
        unsafe values.withUnsafeMutableBufferPointer { values in
          guard let base = codes.baseAddress, let target = values.baseAddress else { return }
          for index in rows.indices {
            let row = Int(rows[index])
            precondition(row >= 0 && row < total)
            unsafe functions.pq.differences(
              code.baseAddress, base + row * size, size, 1, unit == .bytes ? 1 : 0, target + index)
          }
        }
      }
    }
  }

  /// Numbers of the codes that differ from one code by less than a limit, in ascending order.
  ///
  /// - Parameter rows: Has at least `count` places.
  /// - Returns: How many were found.
  package func findNearCodes(
    to code: RawSpan, in codes: RawSpan, count: Int, below limit: Int, unit: CodeDifference,
    rows: inout MutableSpan<Int32>
  ) -> Int {
    precondition(count >= 0 && rows.count >= count && count <= Int(Int32.max))
    precondition(code.byteCount > 0 && codes.byteCount / code.byteCount >= count)
    let limit = Int32(clamping: limit)
    return unsafe code.withUnsafeBytes { code in
      unsafe codes.withUnsafeBytes { codes in
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          unsafe functions.pq.near_codes(
            code.baseAddress, codes.baseAddress, code.count, count, limit, unit == .bytes ? 1 : 0,
            rows.baseAddress)
        }
      }
    }
  }

  /// How much Σ weights[a][i] · (targets[a][i] − bits(numbers[a] ⊕ numbers[i]))² over all pairs
  /// with `a` or `b` would grow if the numbers of `a` and `b` were exchanged; the same bits at
  /// every level.
  ///
  /// - Parameters:
  ///   - targets: Symmetric, `numbers.count` squared.
  ///   - weights: As `targets`.
  ///   - numbers: Below 65,536.
  package func costOfSwapping(
    _ a: Int, _ b: Int, numbers: Span<Int32>, targets: Span<Float>, weights: Span<Float>
  ) -> Float {
    let count = numbers.count
    precondition(targets.count == count * count && weights.count == count * count)
    precondition(a >= 0 && b >= 0 && a < count && b < count)
    return unsafe numbers.withUnsafeBufferPointer { numbers in
      unsafe targets.withUnsafeBufferPointer { targets in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe functions.pq.swap_gain(
            targets.baseAddress, weights.baseAddress, numbers.baseAddress, count, a, b)
        }
      }
    }
  }
}
