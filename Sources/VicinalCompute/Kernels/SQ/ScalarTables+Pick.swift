import CVicinalKernels
import VicinalCore

/// A query rounded to 16-bit weights: how near sums of weights times codes come to its inner
/// products with what the codes stand for.
package struct ScalarWeighed: Sendable {
  /// An inner product is `constant + unit * sum`, and at most ``error`` more or less.
  let unit: Double
  let constant: Double
  let error: Double
  /// The largest sum of absolute products that such an inner product can be made of.
  let size: Double
}

extension ScalarTables {
  /// Whether codes can be picked by whole numbers: bytes that count steps of a range.
  package var canPick: Bool { kind == .range(bits: 8) }

  /// Rounds a query to the weights of query `place`.
  ///
  /// - Parameters:
  ///   - query: `dimension` floats.
  ///   - weights: Receives ``paddedDimension`` numbers per query.
  /// - Returns: `nil` where that cannot be done: all codes are to be compared then.
  package func weigh(
    _ query: Span<Float>, into weights: inout MutableSpan<Int16>, place: Int, kernels: KernelSet
  ) -> ScalarWeighed? {
    precondition(canPick && query.count == dimension)
    precondition(place >= 0 && weights.count >= (place + 1) * paddedDimension)
    var weighed = vcl_sq_weighed()
    let isDone = unsafe query.withUnsafeBufferPointer { query in
      unsafe weights.withUnsafeMutableBufferPointer { weights in
        guard let target = weights.baseAddress else { return false }
        return unsafe withTables {
          unsafe kernels.functions.sq.weigh(
            $0, query.baseAddress, target + place * paddedDimension, &weighed) != 0
        }
      }
    }
    guard isDone else { return nil }
    return ScalarWeighed(
      unit: weighed.unit, constant: weighed.constant, error: weighed.error, size: weighed.size)
  }

  /// Picks the codes whose value may be within a threshold. Not one that is gets lost: what floats
  /// round, here and in the values, is allowed for.
  ///
  /// - Parameters:
  ///   - weights: Those of the query.
  ///   - distance: Under L2 the squared distance of the query and what codes are relative to, as
  ///     floats give it; under inner product what is added to every value.
  ///   - terms: Under L2 those of the codes; empty under inner product.
  ///   - threshold: Not NaN.
  ///   - rows: At least `count` places; receives the numbers of the codes, ascending.
  /// - Returns: How many were picked.
  package func pick(
    _ codes: RawSpan, count: Int, weights: Span<Int16>, _ weighed: ScalarWeighed,
    distance: Float, terms: Span<Float>, isL2: Bool, within threshold: Float,
    rows: inout MutableSpan<Int32>, kernels: KernelSet
  ) -> Int {
    precondition(canPick && codes.byteCount >= count * codeSize && rows.count >= count)
    precondition(weights.count >= paddedDimension && (!isL2 || terms.count >= count))
    guard count > 0 else { return 0 }
    var bound = bound(weighed, distance: distance, isL2: isL2, within: threshold)
    return unsafe codes.withUnsafeBytes { codes in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe terms.withUnsafeBufferPointer { terms in
          unsafe rows.withUnsafeMutableBufferPointer { rows in
            unsafe withTables {
              unsafe kernels.functions.sq.pick(
                $0, weights.baseAddress, &bound, codes.baseAddress, codes.count,
                isL2 ? terms.baseAddress : nil, count, rows.baseAddress)
            }
          }
        }
      }
    }
  }

  /// What floats may lose of a sum of 2³¹ units where these are too small for their precision.
  private static var underflow: Double { 1e-34 }

  /// Similarities are turned round, so that less is better in any case.
  private func bound(
    _ weighed: ScalarWeighed, distance: Float, isL2: Bool, within threshold: Float
  ) -> vcl_sq_bound {
    let sign: Double = isL2 ? 2 : 1
    let base = Double(distance) * (isL2 ? 1 : -1) - sign * weighed.constant
    // The sums of a scan add up dimension / 16 floats in each of 16 places at most, and twice as
    // much is allowed for.
    let share = Double(dimension / 4 + 64) * 0x1p-24
    let size = abs(Double(distance)) + sign * weighed.size + largestSquare
    return vcl_sq_bound(
      base: Float(base), factor: Float(-sign * weighed.unit),
      slack: Float(sign * weighed.error + share * size + Self.underflow), share: Float(share),
      threshold: isL2 ? threshold : -threshold)
  }

  /// Writes ‖v‖² + 2⟨centroid, v⟩ of the vectors v that codes stand for.
  package func terms(
    of codes: RawSpan, count: Int, around centroid: Span<Float>,
    into terms: inout MutableSpan<Float>, kernels: KernelSet
  ) {
    precondition(canPick && codes.byteCount >= count * codeSize)
    precondition(terms.count >= count && centroid.count == dimension)
    guard count > 0 else { return }
    unsafe codes.withUnsafeBytes { codes in
      unsafe centroid.withUnsafeBufferPointer { centroid in
        unsafe terms.withUnsafeMutableBufferPointer { terms in
          unsafe withTables {
            unsafe kernels.functions.sq.terms(
              $0, centroid.baseAddress, codes.baseAddress, count, terms.baseAddress)
          }
        }
      }
    }
  }
}
