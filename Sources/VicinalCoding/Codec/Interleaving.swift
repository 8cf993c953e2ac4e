import VicinalCore

/// Where sub-codes lie in an interleaved block (section 10.4 of the format document).
///
/// A cell of 32 bytes holds one pair of sub-codes of 32 vectors: 16 bytes for the first of the
/// pair, 16 for the second; vectors 0 to 15 in the low nibbles, 16 to 31 in the high ones, in the
/// order 0, 8, 1, 9 … 7, 15.
package struct Interleaving: Sendable {
  let vectors: Int
  let pairs: Int
  let extra: Int

  package init(vectors: Int, pairs: Int, extra: Int) {
    self.vectors = vectors
    self.pairs = pairs
    self.extra = extra
  }

  private var blockBytes: Int { vectors * (pairs + extra) }

  /// The byte of a sub-code pair's first half; the second half is 16 bytes further.
  private func place(of vector: Int, pair: Int) -> Int {
    let (block, inside) = (vector / vectors, vector % vectors)
    let lane = inside % 16
    let swizzled = lane < 8 ? 2 * lane : 2 * (lane - 8) + 1
    return block * blockBytes + pair * vectors + inside / 32 * 32 + swizzled
  }

  /// Where the extra bytes of a vector begin.
  private func extraPlace(of vector: Int) -> Int {
    vector / vectors * blockBytes + vectors * pairs + vector % vectors * extra
  }

  /// Writes plain codes as vectors `first` and following. Their places hold zeros so far.
  func insert(
    _ codes: RawSpan, count: Int, codeSize: Int, at first: Int, into bytes: inout ByteStorage
  ) {
    bytes.withMutableBytes { target in
      for index in 0..<count {
        let vector = first + index
        let shift: UInt8 = vector % 32 < 16 ? 0 : 4
        let start = index * codeSize
        for pair in 0..<min(pairs, codeSize - extra) {
          let byte = codes.byte(start + pair)
          let place = place(of: vector, pair: pair)
          target[place] |= (byte & 15) << shift
          target[place + 16] |= (byte >> 4) << shift
        }
        let tail = extraPlace(of: vector)
        for offset in 0..<extra {
          target[tail + offset] = codes.byte(start + codeSize - extra + offset)
        }
      }
    }
  }

  /// Copies one vector's plain code to the end of `output`.
  func append(code vector: Int, codeSize: Int, of bytes: RawSpan, to output: inout [UInt8]) {
    let shift: UInt8 = vector % 32 < 16 ? 0 : 4
    for pair in 0..<codeSize - extra {
      let place = place(of: vector, pair: pair)
      let low = bytes.byte(place) >> shift & 15
      let high = bytes.byte(place + 16) >> shift & 15
      output.append(low | high << 4)
    }
    let tail = extraPlace(of: vector)
    for offset in 0..<extra { output.append(bytes.byte(tail + offset)) }
  }
}
