import CVicinalKernels
import VicinalCore

/// Codes of numbers of different widths without gaps, least significant bit first, perhaps with a
/// float behind them: codes of additive quantizers.
package struct AdditiveFields: Sendable {
  /// Bits of each number, 0…30.
  package let bits: [Int]

  /// What is added to each number, so that it becomes an entry of all tables together.
  package let starts: [Int]

  /// Bytes from code to code.
  package let codeSize: Int

  /// Whether a float follows the numbers.
  package let hasFloat: Bool

  private let widths: [Int32]
  private let offsets: [Int32]

  /// - Parameters:
  ///   - bits: Of each number, 0…30.
  ///   - starts: One per number; with the numbers added, below 2³¹.
  ///   - codeSize: Bytes of a code, at least as many as the numbers and the float take.
  ///   - hasFloat: Whether a float follows the numbers, at whatever bit.
  package init(bits: [Int], starts: [Int], codeSize: Int, hasFloat: Bool = false) {
    precondition(bits.count == starts.count && bits.allSatisfy { (0...30).contains($0) })
    precondition(zip(bits, starts).allSatisfy { $1 >= 0 && $1 + 1 << $0 <= Int(Int32.max) })
    precondition(codeSize * 8 >= bits.reduce(0, +) + (hasFloat ? 32 : 0))
    self.bits = bits
    self.starts = starts
    self.codeSize = codeSize
    self.hasFloat = hasFloat
    widths = bits.map(Int32.init)
    offsets = starts.map(Int32.init)
  }

  /// Entries that tables need: one more than the largest.
  package var entryCount: Int { zip(bits, starts).map { $1 + 1 << $0 }.max() ?? 0 }

  private func withLayout<Result>(_ body: (UnsafePointer<vcl_additive_fields>) -> Result) -> Result
  {
    unsafe widths.withUnsafeBufferPointer { widths in
      unsafe offsets.withUnsafeBufferPointer { offsets in
        var layout = unsafe vcl_additive_fields(
          fields: bits.count, bits: widths.baseAddress, starts: offsets.baseAddress,
          code_size: codeSize, float_bit: hasFloat ? bits.reduce(0, +) : .max)
        return unsafe body(&layout)
      }
    }
  }

  /// The entries that codes name, `bits.count` per code.
  ///
  /// - Parameters:
  ///   - codes: At least `count` codes.
  ///   - entries: Receives `count × bits.count` entries.
  package func unpack(
    _ codes: RawSpan, count: Int, kernels: KernelSet, into entries: inout MutableSpan<Int32>
  ) {
    precondition(count >= 0 && entries.count >= count * bits.count)
    precondition(codes.byteCount / max(1, codeSize) >= count)
    unsafe withLayout { layout in
      unsafe codes.withUnsafeBytes { codes in
        unsafe entries.withUnsafeMutableBufferPointer { entries in
          unsafe kernels.functions.additive.unpack(
            layout, codes.baseAddress, codes.count, nil, count, entries.baseAddress)
        }
      }
    }
  }

  /// The same for the codes with the numbers `rows`.
  package func unpack(
    _ codes: RawSpan, rows: Span<Int32>, kernels: KernelSet, into entries: inout MutableSpan<Int32>
  ) {
    precondition(entries.count >= rows.count * bits.count)
    requireRows(rows, codes)
    unsafe withLayout { layout in
      unsafe codes.withUnsafeBytes { codes in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe entries.withUnsafeMutableBufferPointer { entries in
            unsafe kernels.functions.additive.unpack(
              layout, codes.baseAddress, codes.count, rows.baseAddress, rows.count,
              entries.baseAddress)
          }
        }
      }
    }
  }

  /// `values[i] = bias + Σ tables[entry]`, plus the float of the code if it has one.
  ///
  /// - Parameters:
  ///   - codes: At least `count` codes.
  ///   - tables: ``entryCount`` floats.
  package func sum(
    _ codes: RawSpan, tables: Span<Float>, bias: Float, count: Int, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    precondition(tables.count >= entryCount && count >= 0 && values.count >= count)
    precondition(codes.byteCount / max(1, codeSize) >= count)
    unsafe withLayout { layout in
      unsafe codes.withUnsafeBytes { codes in
        unsafe tables.withUnsafeBufferPointer { tables in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe kernels.functions.additive.sums(
              layout, tables.baseAddress, bias, codes.baseAddress, codes.count, nil, count,
              values.baseAddress)
          }
        }
      }
    }
  }

  /// The same for the codes with the numbers `rows`.
  package func sum(
    _ codes: RawSpan, rows: Span<Int32>, tables: Span<Float>, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    precondition(tables.count >= entryCount && values.count >= rows.count)
    requireRows(rows, codes)
    unsafe withLayout { layout in
      unsafe codes.withUnsafeBytes { codes in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe tables.withUnsafeBufferPointer { tables in
            unsafe values.withUnsafeMutableBufferPointer { values in
              unsafe kernels.functions.additive.sums(
                layout, tables.baseAddress, bias, codes.baseAddress, codes.count,
                rows.baseAddress, rows.count, values.baseAddress)
            }
          }
        }
      }
    }
  }

  private func requireRows(_ rows: Span<Int32>, _ codes: RawSpan) {
    let total = codes.byteCount / max(1, codeSize)
    for index in rows.indices { precondition(rows[index] >= 0 && Int(rows[index]) < total) }
  }
}
