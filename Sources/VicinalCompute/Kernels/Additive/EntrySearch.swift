import CVicinalKernels
import VicinalCore

/// What a step of a search for the entries of a vector chooses from: value (b, k) is `start[b]`
/// plus `base[b · baseStep + k]` plus row sums of `cross`.
package struct EntryChoices: ~Escapable {
  /// One value per member of the beam.
  package let start: Span<Float>
  /// `stride` values, for each member if `baseStep` is not 0; infinite where there is no entry.
  package let base: Span<Float>
  /// Floats from one member's base to the next; 0 if they share one.
  package let baseStep: Int
  /// Rows of `stride` floats.
  package let cross: Span<Float>
  /// Rows to add, `terms` per member.
  package let rows: Span<Int32>
  package let terms: Int
  /// Entries, a multiple of ``padding``.
  package let stride: Int

  /// What strides are rounded up to.
  package static let padding = Int(VCL_ADDITIVE_PADDING)

  /// `count` rounded up to whole vectors of any processor.
  package static func stride(count: Int) -> Int { (count + padding - 1) / padding * padding }

  @_lifetime(copy start, copy base, copy cross, copy rows)
  package init(
    start: Span<Float>, base: Span<Float>, baseStep: Int, cross: Span<Float>, rows: Span<Int32>,
    terms: Int, stride: Int
  ) {
    precondition(stride > 0 && stride.isMultiple(of: Self.padding) && terms >= 0)
    precondition(baseStep >= 0 && start.count > 0 && rows.count >= start.count * terms)
    precondition(base.count >= (start.count - 1) * baseStep + stride)
    precondition(start.count <= Int(Int32.max) / stride)
    let limit = cross.count / stride
    for place in 0..<start.count * terms {
      precondition(rows[place] >= 0 && Int(rows[place]) < limit)
    }
    self.start = start
    self.base = base
    self.baseStep = baseStep
    self.cross = cross
    self.rows = rows
    self.terms = terms
    self.stride = stride
  }

  private func withStep<Result>(_ body: (UnsafePointer<vcl_additive_step>) -> Result) -> Result {
    unsafe start.withUnsafeBufferPointer { start in
      unsafe base.withUnsafeBufferPointer { base in
        unsafe cross.withUnsafeBufferPointer { cross in
          unsafe rows.withUnsafeBufferPointer { rows in
            var step = unsafe vcl_additive_step(
              start: start.baseAddress, base: base.baseAddress, base_step: baseStep,
              cross: cross.baseAddress, rows: rows.baseAddress, terms: terms, beam: start.count,
              stride: stride)
            return unsafe body(&step)
          }
        }
      }
    }
  }

  /// The smallest values, ascending; the first of equals first.
  ///
  /// - Parameters:
  ///   - values: Receives at most as many values as it has room for.
  ///   - numbers: As much room; receives `b · stride + k`.
  /// - Returns: How many there are; infinite values and NaN are never among them.
  package func smallest(
    kernels: KernelSet, into values: inout MutableSpan<Float>,
    numbers: inout MutableSpan<Int32>
  ) -> Int {
    precondition(values.count > 0 && numbers.count >= values.count)
    return unsafe withStep { step in
      unsafe values.withUnsafeMutableBufferPointer { values in
        unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          unsafe kernels.functions.additive.extend(
            step, values.count, values.baseAddress, numbers.baseAddress)
        }
      }
    }
  }

  /// The k of the smallest sum of a base and rows, the first of equals; 0 if none is finite.
  ///
  /// - Parameters:
  ///   - base: One value per entry, a multiple of ``padding``.
  ///   - cross: Rows of as many floats.
  ///   - rows: The rows to add.
  package static func least(
    of base: Span<Float>, cross: Span<Float>, rows: Span<Int32>, kernels: KernelSet
  ) -> Int {
    let stride = base.count
    precondition(stride > 0 && stride.isMultiple(of: padding))
    let limit = cross.count / stride
    for place in rows.indices { precondition(rows[place] >= 0 && Int(rows[place]) < limit) }
    var start: Float = 0
    return unsafe base.withUnsafeBufferPointer { base in
      unsafe cross.withUnsafeBufferPointer { cross in
        unsafe rows.withUnsafeBufferPointer { rows in
          unsafe withUnsafePointer(to: &start) { start in
            var step = unsafe vcl_additive_step(
              start: start, base: base.baseAddress, base_step: 0, cross: cross.baseAddress,
              rows: rows.baseAddress, terms: rows.count, beam: 1, stride: stride)
            return Int(unsafe kernels.functions.additive.least(&step))
          }
        }
      }
    }
  }
}
