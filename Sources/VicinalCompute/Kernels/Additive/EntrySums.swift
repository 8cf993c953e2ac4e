import CVicinalKernels
import VicinalCore

/// Sums of entries of codebooks: what codes of additive quantizers stand for.
extension KernelSet {
  private func require(
    _ entries: Span<Int32>, _ range: Range<Int>, step: Int, count: Int, below limit: Int
  ) {
    precondition(count >= 0 && range.lowerBound >= 0 && range.upperBound <= step)
    precondition(entries.count >= count * step)
    for row in 0..<count {
      for place in range {
        let entry = entries[row * step + place]
        precondition(entry >= 0 && Int(entry) < limit)
      }
    }
  }

  /// Adds the squared distances between a query and sums of entries.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - codebooks: Entries of `dimension` floats.
  ///   - entries: `step` numbers of entries per sum.
  ///   - range: Which of them belong to these codebooks.
  ///   - values: One per sum, to which is added.
  package func addDistances(
    from query: Span<Float>, to codebooks: Span<Float>, entries: Span<Int32>, range: Range<Int>,
    step: Int, count: Int, into values: inout MutableSpan<Float>
  ) {
    let dimension = query.count
    precondition(dimension > 0 && values.count >= count)
    require(entries, range, step: step, count: count, below: codebooks.count / dimension)
    guard count > 0 else { return }
    unsafe query.withUnsafeBufferPointer { query in
      unsafe codebooks.withUnsafeBufferPointer { codebooks in
        unsafe entries.withUnsafeBufferPointer { entries in
          unsafe values.withUnsafeMutableBufferPointer { values in
            guard let first = entries.baseAddress else { return }
            unsafe functions.additive.distances(
              query.baseAddress, codebooks.baseAddress, dimension, first + range.lowerBound,
              range.count, step, count, values.baseAddress)
          }
        }
      }
    }
  }

  /// Writes sums of entries.
  ///
  /// - Parameters:
  ///   - codebooks: Entries of `dimension` floats.
  ///   - entries: `step` numbers of entries per sum.
  ///   - range: Which of them belong to these codebooks.
  ///   - output: Sum i goes to `outputStep · i + start` and the following.
  package func writeSums(
    of codebooks: Span<Float>, dimension: Int, entries: Span<Int32>, range: Range<Int>, step: Int,
    count: Int, into output: inout MutableSpan<Float>, start: Int, outputStep: Int
  ) {
    precondition(dimension > 0 && start >= 0 && start + dimension <= outputStep)
    precondition(output.count >= count * outputStep)
    require(entries, range, step: step, count: count, below: codebooks.count / dimension)
    guard count > 0 else { return }
    unsafe codebooks.withUnsafeBufferPointer { codebooks in
      unsafe entries.withUnsafeBufferPointer { entries in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard let first = entries.baseAddress, let target = output.baseAddress else { return }
          unsafe functions.additive.decode(
            codebooks.baseAddress, dimension, first + range.lowerBound, range.count, step, count,
            target + start, outputStep)
        }
      }
    }
  }
}
