import CVicinalKernels
import VicinalCore

/// Sums of table entries over codes: what scanning codes of a product quantizer is.
///
/// Numbers of 1, 2 and 4 bits are taken byte by byte, from tables that hold the sums of a byte's
/// numbers.
package struct CodeSums: Sendable {
  /// Numbers per code.
  package let fields: Int

  /// Bits of each number, 1…16.
  package let bits: Int

  /// Bytes from code to code.
  package let codeSize: Int

  /// Floats from the table of one number to that of the next.
  package let stride: Int

  /// - Parameters:
  ///   - fields: Numbers per code, at least 1.
  ///   - bits: Bits of each, 1…16.
  ///   - codeSize: Bytes of a code, at least as many as the numbers take.
  package init(fields: Int, bits: Int, codeSize: Int) {
    precondition((1...16).contains(bits) && codeSize * 8 >= fields * bits)
    self.fields = fields
    self.bits = bits
    self.codeSize = codeSize
    stride = SubspaceCentroids.stride(count: 1 << bits)
  }

  /// Floats of the tables that ``scan(_:tables:bias:count:kernels:into:)`` takes.
  package var scanTableCount: Int { isFolded ? codeBytes * 256 : fields * stride }

  /// Whether tables go through ``fold(_:kernels:into:)`` before they are scanned with.
  package var isFolded: Bool { bits == 1 || bits == 2 || bits == 4 }

  private var codeBytes: Int { (fields * bits + 7) / 8 }

  private func layout(folded: Bool) -> vcl_pq_layout {
    folded && isFolded
      ? vcl_pq_layout(fields: codeBytes, bits: 8, code_size: codeSize, stride: 256)
      : vcl_pq_layout(fields: fields, bits: bits, code_size: codeSize, stride: stride)
  }

  /// Turns tables of numbers into tables of whole bytes.
  ///
  /// - Parameters:
  ///   - tables: `fields × stride` floats.
  ///   - folded: Receives ``scanTableCount`` floats.
  package func fold(
    _ tables: Span<Float>, kernels: KernelSet, into folded: inout MutableSpan<Float>
  ) {
    precondition(isFolded && tables.count >= fields * stride && folded.count >= scanTableCount)
    var layout = layout(folded: false)
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe folded.withUnsafeMutableBufferPointer { folded in
        unsafe kernels.functions.pq.fold(&layout, tables.baseAddress, folded.baseAddress)
      }
    }
  }

  /// `values[i] = bias + Σ tables[field][number]` for consecutive codes.
  ///
  /// - Parameters:
  ///   - codes: `count` codes.
  ///   - tables: ``scanTableCount`` floats, folded if ``isFolded``.
  package func scan(
    _ codes: RawSpan, tables: Span<Float>, bias: Float, count: Int, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    precondition(tables.count >= scanTableCount && values.count >= count)
    precondition(count >= 0 && codes.byteCount / codeSize >= count)
    var layout = layout(folded: true)
    unsafe codes.withUnsafeBytes { codes in
      unsafe tables.withUnsafeBufferPointer { tables in
        unsafe values.withUnsafeMutableBufferPointer { values in
          unsafe kernels.functions.pq.sums(
            &layout, tables.baseAddress, bias, codes.baseAddress, count, values.baseAddress)
        }
      }
    }
  }

  /// The same for the codes with the numbers `rows`, with the same bits.
  package func scan(
    _ codes: RawSpan, rows: Span<Int32>, tables: Span<Float>, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    precondition(tables.count >= scanTableCount && values.count >= rows.count)
    let total = codes.byteCount / codeSize
    for index in rows.indices { precondition(rows[index] >= 0 && Int(rows[index]) < total) }
    var layout = layout(folded: true)
    unsafe codes.withUnsafeBytes { codes in
      unsafe tables.withUnsafeBufferPointer { tables in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe kernels.functions.pq.sums_at(
              &layout, tables.baseAddress, bias, codes.baseAddress, rows.baseAddress, rows.count,
              values.baseAddress)
          }
        }
      }
    }
  }
}

extension KernelSet {
  /// `result[start + i] = a[i] + factor · b[i]`.
  package func combine(
    _ a: Span<Float>, _ b: Span<Float>, factor: Float, into result: inout MutableSpan<Float>,
    at start: Int = 0
  ) {
    precondition(a.count == b.count && start >= 0 && start <= result.count - a.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe result.withUnsafeMutableBufferPointer { result in
          guard let target = result.baseAddress else { return }
          unsafe functions.pq.combine(
            a.baseAddress, b.baseAddress, factor, a.count, target + start)
        }
      }
    }
  }
}
