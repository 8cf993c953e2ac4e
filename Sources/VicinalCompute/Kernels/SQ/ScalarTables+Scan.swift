import CVicinalKernels
import VicinalCore

extension ScalarTables {
  /// Makes what scans compare codes with out of a query.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - centroid: What codes are relative to; ignored under inner product, where it adds the same
  ///     to all codes.
  ///   - terms: Receives ``paddedDimension`` floats as those of query `place`.
  package func prepare(
    _ query: Span<Float>, around centroid: Span<Float>?, isL2: Bool,
    into terms: inout MutableSpan<Float>, place: Int = 0, kernels: KernelSet
  ) {
    precondition(query.count == dimension)
    precondition(place >= 0 && terms.count >= (place + 1) * paddedDimension)
    if let centroid { precondition(centroid.count == dimension) }
    unsafe query.withUnsafeBufferPointer { query in
      unsafe terms.withUnsafeMutableBufferPointer { terms in
        guard let target = unsafe terms.baseAddress.map({ unsafe $0 + place * paddedDimension })
        else { return }
        unsafe withTables { tables in
          guard let centroid, isL2 else {
            unsafe kernels.functions.sq.prepare(
              tables, isL2 ? 1 : 0, query.baseAddress, nil, target)
            return
          }
          unsafe centroid.withUnsafeBufferPointer {
            unsafe kernels.functions.sq.prepare(
              tables, 1, query.baseAddress, $0.baseAddress, target)
          }
        }
      }
    }
  }

  /// Compares a query with consecutive codes.
  ///
  /// - Parameters:
  ///   - terms: Made by ``prepare(_:around:isL2:into:kernels:)``.
  ///   - base: Added to every value.
  package func scan(
    _ codes: RawSpan, count: Int, terms: Span<Float>, base: Float, isL2: Bool,
    into values: inout MutableSpan<Float>, kernels: KernelSet
  ) {
    precondition(codes.byteCount >= count * codeSize && values.count >= count)
    precondition(terms.count >= paddedDimension)
    unsafe codes.withUnsafeBytes { codes in
      unsafe terms.withUnsafeBufferPointer { terms in
        unsafe values.withUnsafeMutableBufferPointer { values in
          guard count > 0 else { return }
          unsafe withTables {
            unsafe kernels.functions.sq.scan(
              $0, isL2 ? 1 : 0, terms.baseAddress, base, codes.baseAddress, codes.count, nil,
              count, values.baseAddress)
          }
        }
      }
    }
  }

  /// Compares a query with chosen codes; the same values as for consecutive ones.
  package func scan(
    _ codes: RawSpan, rows: Span<Int32>, terms: Span<Float>, base: Float, isL2: Bool,
    into values: inout MutableSpan<Float>, kernels: KernelSet
  ) {
    kernels.requireRows(rows, of: codes, codeSize: codeSize)
    precondition(values.count >= rows.count && terms.count >= paddedDimension)
    unsafe codes.withUnsafeBytes { codes in
      unsafe terms.withUnsafeBufferPointer { terms in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe values.withUnsafeMutableBufferPointer { values in
            guard rows.count > 0 else { return }
            unsafe withTables {
              unsafe kernels.functions.sq.scan(
                $0, isL2 ? 1 : 0, terms.baseAddress, base, codes.baseAddress, codes.count,
                rows.baseAddress, rows.count, values.baseAddress)
            }
          }
        }
      }
    }
  }
}
