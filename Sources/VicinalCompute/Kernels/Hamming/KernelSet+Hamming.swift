import CVicinalKernels
import VicinalCore

extension KernelSet {
  /// Counts the bits in which a query differs from consecutive codes.
  ///
  /// - Parameters:
  ///   - query: One code; its length is the length of all codes.
  ///   - codes: At least `output.count` codes, one after the other, at any byte address.
  ///   - output: Receives one count per code.
  /// - Complexity: O(codes · bytes); 64 bytes at a time where the processor counts bits of whole
  ///   vectors (VPOPCNTDQ).
  public func hammingDistances(
    from query: RawSpan, to codes: RawSpan, into output: inout MutableSpan<Int32>
  ) {
    precondition(codes.byteCount >= output.count * query.byteCount)
    unsafe query.withUnsafeBytes { query in
      unsafe codes.withUnsafeBytes { codes in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard output.count > 0, let target = output.baseAddress else { return }
          unsafe functions.hamming.distances(
            query.baseAddress, codes.baseAddress, query.count, nil, output.count, target)
        }
      }
    }
  }

  /// Counts the bits in which a query differs from chosen codes.
  ///
  /// - Parameters:
  ///   - query: One code; its length is the length of all codes.
  ///   - codes: All codes, one after the other.
  ///   - rows: Numbers of codes.
  ///   - output: At least as many places as rows.
  public func hammingDistances(
    from query: RawSpan, to codes: RawSpan, rows: Span<Int32>,
    into output: inout MutableSpan<Int32>
  ) {
    requireRows(rows, of: codes, codeSize: query.byteCount)
    precondition(output.count >= rows.count)
    unsafe query.withUnsafeBytes { query in
      unsafe codes.withUnsafeBytes { codes in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe output.withUnsafeMutableBufferPointer { output in
            guard rows.count > 0, let target = output.baseAddress else { return }
            unsafe functions.hamming.distances(
              query.baseAddress, codes.baseAddress, query.count, rows.baseAddress, rows.count,
              target)
          }
        }
      }
    }
  }

  /// Counts the bits in which a query differs from consecutive codes, as floats.
  ///
  /// - Parameters:
  ///   - codes: At least `count` codes as long as the query.
  ///   - output: At least `count` places.
  package func hammingValues(
    from query: RawSpan, to codes: RawSpan, count: Int, into output: inout MutableSpan<Float>
  ) {
    precondition(codes.byteCount >= count * query.byteCount && output.count >= count)
    unsafe query.withUnsafeBytes { query in
      unsafe codes.withUnsafeBytes { codes in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard count > 0, let target = output.baseAddress else { return }
          unsafe functions.hamming.values(
            query.baseAddress, codes.baseAddress, query.count, nil, count, target)
        }
      }
    }
  }

  /// Counts the bits in which a query differs from chosen codes, as floats.
  package func hammingValues(
    from query: RawSpan, to codes: RawSpan, rows: Span<Int32>, into output: inout MutableSpan<Float>
  ) {
    requireRows(rows, of: codes, codeSize: query.byteCount)
    precondition(output.count >= rows.count)
    unsafe query.withUnsafeBytes { query in
      unsafe codes.withUnsafeBytes { codes in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe output.withUnsafeMutableBufferPointer { output in
            guard rows.count > 0, let target = output.baseAddress else { return }
            unsafe functions.hamming.values(
              query.baseAddress, codes.baseAddress, query.count, rows.baseAddress, rows.count,
              target)
          }
        }
      }
    }
  }

  /// Traps unless all rows name codes: kernels do not look.
  func requireRows(_ rows: Span<Int32>, of codes: RawSpan, codeSize: Int) {
    var most: UInt32 = 0
    for index in rows.indices { most = max(most, UInt32(bitPattern: rows[index])) }
    precondition(rows.count == 0 || (Int(most) + 1) * codeSize <= codes.byteCount)
  }
}
