import CVicinalKernels
import VicinalCore

/// A query as it is compared with RaBitQ codes; its memory is used again for the next.
package struct RaBitQQuery: Sendable {
  /// Floats per vector.
  package let dimension: Int

  /// Extra bits per coordinate, 0…8.
  package let extraBits: Int

  /// Bits that the query is rounded to, 0 for none; only without extra bits.
  package let queryBits: Int

  /// Bytes of a code.
  package let codeSize: Int

  /// The coordinates, and zeros up to a multiple of 64.
  private(set) var values: [Float]
  private var planes: [UInt64]
  private(set) var sum: Float = 0
  private var low: Float = 0
  private var step: Float = 0

  /// What is added to a code's first factor.
  package var base: Float = 0
  /// What the whole of a one-bit value is multiplied by.
  package var factor: Float = 1
  /// No value is smaller.
  package var floor: Float = 0

  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - extraBits: Extra bits per coordinate, 0…8.
  ///   - queryBits: 0…8; ignored where there are extra bits.
  package init(dimension: Int, extraBits: Int, queryBits: Int) {
    precondition((0...8).contains(extraBits) && (0...8).contains(queryBits))
    self.dimension = dimension
    self.extraBits = extraBits
    self.queryBits = extraBits == 0 ? queryBits : 0
    codeSize = Self.codeSize(dimension: dimension, extraBits: extraBits)
    // Kernels read whole groups of 64.
    values = Array(repeating: 0, count: (dimension + 63) / 64 * 64)
    planes = Array(repeating: 0, count: self.queryBits * ((dimension + 63) / 64))
  }

  /// Bytes of a code: signs and two factors; with extra bits also these, and three more factors.
  package static func codeSize(dimension: Int, extraBits: Int) -> Int {
    let signs = (dimension + 7) / 8
    return extraBits == 0 ? signs + 8 : signs + 20 + (dimension * extraBits + 7) / 8
  }

  /// Takes a query relative to the origin of the codes.
  ///
  /// - Parameter relative: `dimension` floats; each is asked for once.
  package mutating func set(_ relative: (Int) -> Float) {
    sum = 0
    for index in 0..<dimension {
      let value = relative(index)
      values[index] = value
      sum += value
    }
    if queryBits > 0 { round() }
  }

  /// Rounds to equal steps between the least and the largest coordinate, as faiss does.
  private mutating func round() {
    let coordinates = values[0..<dimension]
    low = coordinates.min() ?? 0
    let top = coordinates.max() ?? 0
    let most = Float(1 << queryBits - 1)
    step = (top - low) / most
    let inverse = step > 0 ? 1 / step : 0
    let words = (dimension + 63) / 64
    for word in planes.indices { planes[word] = 0 }
    var total = 0
    for index in 0..<dimension {
      let level = Int(min(most, max(0, ((values[index] - low) * inverse).rounded())))
      total += level
      for plane in 0..<queryBits where level >> plane & 1 == 1 {
        planes[plane * words + index >> 6] |= 1 << UInt64(index & 63)
      }
    }
    sum = step * Float(total) + low * Float(dimension)
  }

  /// Compares with codes.
  ///
  /// - Parameters:
  ///   - codes: Plain codes, ``codeSize`` bytes each.
  ///   - count: Values wanted.
  ///   - rows: Which codes, or `nil` for the first `count`.
  ///   - output: At least `count` places.
  package func scan(
    _ codes: RawSpan, count: Int, rows: Span<Int32>?, into output: inout MutableSpan<Float>,
    kernels: KernelSet
  ) {
    precondition(count <= output.count)
    let held = codes.byteCount / codeSize
    if let rows {
      precondition(rows.count >= count)
      for place in 0..<count { precondition(rows[place] >= 0 && Int(rows[place]) < held) }
    } else {
      precondition(count <= held)
    }
    unsafe withC { query in
      unsafe codes.withUnsafeBytes { codes in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe withRows(rows) { rows in
            unsafe kernels.functions.rabitq.scan(
              query, codes.baseAddress, codeSize, rows, count, output.baseAddress)
          }
        }
      }
    }
  }

  /// Bytes of a code behind its signs.
  var tailSize: Int { codeSize - (dimension + 7) / 8 }

  /// Calls `body` with the query as C takes it.
  func withC(_ body: (UnsafePointer<vcl_rabitq_query>) -> Void) {
    unsafe values.withUnsafeBufferPointer { values in
      unsafe planes.withUnsafeBufferPointer { planes in
        var query = unsafe vcl_rabitq_query()
        unsafe query.values = values.baseAddress
        unsafe query.sum = sum
        unsafe query.base = base
        unsafe query.scale = 2 / Float(dimension).squareRoot()
        unsafe query.factor = factor
        unsafe query.floor = floor
        unsafe query.extra = UInt32(extraBits)
        unsafe query.dim = dimension
        unsafe query.planes = planes.baseAddress
        unsafe query.plane_count = UInt32(queryBits)
        unsafe query.low = low
        unsafe query.step = step
        unsafe body(&query)
      }
    }
  }
}

/// Calls `body` with where the numbers begin, or with `nil`.
func withRows(
  _ rows: Span<Int32>?, _ body: (UnsafePointer<Int32>?) -> Void
) {
  guard let rows else { return body(nil) }
  unsafe rows.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}

extension KernelSet {
  /// Finds the extra codes of a vector for RaBitQ: integers whose centres (code + ½) have a cosine
  /// with the magnitudes that is as large as a search over scales finds. The same result on every
  /// instruction set.
  ///
  /// - Parameters:
  ///   - magnitudes: Not negative, finite; as many floats as `codes`, a multiple of 16, zeros behind
  ///     `dimension`.
  ///   - dimension: Coordinates that count.
  ///   - bits: Bits per code, 1…8.
  ///   - codes: Receives the codes.
  package func rabitqCodes(
    of magnitudes: [Float], dimension: Int, bits: Int, into codes: inout [UInt8]
  ) {
    let padded = (dimension + 15) / 16 * 16
    precondition(magnitudes.count >= padded && codes.count >= dimension && (1...8).contains(bits))
    unsafe magnitudes.withUnsafeBufferPointer { magnitudes in
      unsafe codes.withUnsafeMutableBufferPointer { codes in
        unsafe functions.rabitq.encode(
          magnitudes.baseAddress, dimension, UInt32(bits), codes.baseAddress)
      }
    }
  }
}
