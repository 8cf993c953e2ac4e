import CVicinalKernels
import VicinalCore

extension ScalarTables {
  /// Encodes vectors.
  ///
  /// - Parameters:
  ///   - vectors: Whole vectors.
  ///   - codes: Room for ``codeSize`` bytes per vector.
  package func encode(
    _ vectors: Span<Float>, into codes: inout MutableSpan<UInt8>, kernels: KernelSet
  ) {
    let count = vectors.count / dimension
    precondition(codes.count >= count * codeSize)
    unsafe vectors.withUnsafeBufferPointer { vectors in
      unsafe codes.withUnsafeMutableBufferPointer { codes in
        guard count > 0 else { return }
        unsafe withTables {
          unsafe kernels.functions.sq.encode($0, vectors.baseAddress, count, codes.baseAddress)
        }
      }
    }
  }

  /// Decodes codes.
  ///
  /// - Parameters:
  ///   - codes: Whole codes.
  ///   - vectors: Room for `dimension` floats per code.
  package func decode(
    _ codes: RawSpan, into vectors: inout MutableSpan<Float>, kernels: KernelSet
  ) {
    let count = codes.byteCount / codeSize
    precondition(vectors.count >= count * dimension)
    unsafe codes.withUnsafeBytes { codes in
      unsafe vectors.withUnsafeMutableBufferPointer { vectors in
        guard count > 0 else { return }
        unsafe withTables {
          unsafe kernels.functions.sq.decode($0, codes.baseAddress, count, vectors.baseAddress)
        }
      }
    }
  }
}
