import CVicinalKernels

/// A view of 4-bit sub-codes interleaved in blocks, as kernels take them (section 10.4 of the
/// format document; faiss: `pq4_pack_codes`).
package struct FastScanCodes: ~Escapable {
  private let bytes: RawSpan
  private let blockVectors: Int
  private let blockStride: Int

  /// Pairs of sub-codes of each code.
  package let pairs: Int

  /// Bytes of each code behind the sub-codes of its block.
  package let extra: Int

  /// Codes that there are places for.
  package let capacity: Int

  /// - Parameters:
  ///   - bytes: From the first byte of a block on; a broken block at the end is left out.
  ///   - blockVectors: Codes per block, a multiple of 32.
  ///   - pairs: Pairs of sub-codes of each code.
  ///   - extra: Bytes of each code that stand behind the sub-codes of its block.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, blockVectors: Int, pairs: Int, extra: Int) {
    precondition(blockVectors > 0 && blockVectors.isMultiple(of: 32) && pairs > 0 && extra >= 0)
    self.bytes = bytes
    self.blockVectors = blockVectors
    self.pairs = pairs
    self.extra = extra
    blockStride = blockVectors * (pairs + extra)
    capacity = bytes.byteCount / blockStride * blockVectors
  }

  /// Calls `body` with the codes as C takes them.
  func withC<R>(_ body: (UnsafePointer<vcl_fastscan_codes>) -> R) -> R {
    unsafe bytes.withUnsafeBytes { bytes in
      var codes = unsafe vcl_fastscan_codes(
        blocks: bytes.baseAddress, block_stride: blockStride, block_vectors: blockVectors,
        pairs: pairs)
      return unsafe body(&codes)
    }
  }
}

extension KernelSet {
  /// Sums of bytes looked up for the first codes, modulo 65,536.
  ///
  /// - Parameters:
  ///   - lut: 16 bytes per sub-code, 32 per pair.
  ///   - count: Codes.
  ///   - sums: Room for `count` rounded up to a multiple of 32; the last places may receive
  ///     anything.
  package func fastScanSums(
    _ codes: borrowing FastScanCodes, lut: Span<UInt8>, count: Int,
    into sums: inout MutableSpan<UInt16>
  ) {
    precondition(count >= 0 && count <= codes.capacity && lut.count >= 32 * codes.pairs)
    precondition(sums.count >= (count + 31) / 32 * 32)
    unsafe codes.withC { codes in
      unsafe lut.withUnsafeBufferPointer { lut in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          unsafe functions.fastscan.sums(codes, lut.baseAddress, count, sums.baseAddress)
        }
      }
    }
  }

  /// Numbers of those of the first codes whose sum of looked-up bytes does not exceed a limit,
  /// ascending.
  ///
  /// - Parameters:
  ///   - lut: 16 bytes per sub-code, 32 per pair.
  ///   - count: Codes.
  ///   - limit: Up to 254 sums are taken without overflow and fast; above, modulo 65,536, and no
  ///     entry may exceed 63.
  ///   - rows: At least `count` places.
  /// - Returns: How many were found.
  package func fastScanRows(
    _ codes: borrowing FastScanCodes, lut: Span<UInt8>, count: Int, limit: UInt32,
    into rows: inout MutableSpan<Int32>
  ) -> Int {
    precondition(count >= 0 && count <= codes.capacity && lut.count >= 32 * codes.pairs)
    precondition(rows.count >= count && count <= Int(Int32.max))
    return unsafe codes.withC { codes in
      unsafe lut.withUnsafeBufferPointer { lut in
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          unsafe functions.fastscan.below(codes, lut.baseAddress, count, limit, rows.baseAddress)
        }
      }
    }
  }

  /// The same, with the sums as values.
  ///
  /// - Parameters:
  ///   - lut: No entry exceeds 63.
  ///   - values: At least `count` places; receives sum · unit + base.
  package func fastScanRoughValues(
    _ codes: borrowing FastScanCodes, lut: Span<UInt8>, count: Int, limit: UInt32, base: Float,
    unit: Float, rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int {
    precondition(count >= 0 && count <= codes.capacity && lut.count >= 32 * codes.pairs)
    precondition(rows.count >= count && values.count >= count && count <= Int(Int32.max))
    return unsafe codes.withC { codes in
      unsafe lut.withUnsafeBufferPointer { lut in
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe functions.fastscan.rough(
              codes, lut.baseAddress, count, limit, base, unit, rows.baseAddress,
              values.baseAddress)
          }
        }
      }
    }
  }

  /// Sums of floats looked up for the first codes, plus a number; the same bits at every level.
  ///
  /// - Parameters:
  ///   - table: 16 floats per sub-code, 32 per pair.
  ///   - bias: Added at the end.
  ///   - values: At least `count` places.
  package func fastScanValues(
    _ codes: borrowing FastScanCodes, table: Span<Float>, bias: Float, count: Int,
    into values: inout MutableSpan<Float>
  ) {
    precondition(count >= 0 && count <= codes.capacity && table.count >= 32 * codes.pairs)
    precondition(values.count >= count)
    unsafe codes.withC { codes in
      unsafe table.withUnsafeBufferPointer { table in
        unsafe values.withUnsafeMutableBufferPointer { values in
          unsafe functions.fastscan.values(
            codes, table.baseAddress, bias, count, values.baseAddress)
        }
      }
    }
  }

  /// The same values, to the bit, for chosen codes.
  ///
  /// - Parameters:
  ///   - rows: Numbers of codes.
  ///   - values: At least as many places.
  package func fastScanValues(
    _ codes: borrowing FastScanCodes, table: Span<Float>, bias: Float, rows: Span<Int32>,
    into values: inout MutableSpan<Float>
  ) {
    precondition(table.count >= 32 * codes.pairs && values.count >= rows.count)
    for index in rows.indices { precondition(rows[index] >= 0 && rows[index] < codes.capacity) }
    unsafe codes.withC { codes in
      unsafe table.withUnsafeBufferPointer { table in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe functions.fastscan.values_at(
              codes, table.baseAddress, bias, rows.baseAddress, rows.count, values.baseAddress)
          }
        }
      }
    }
  }
}
