import VicinalCore

/// RaBitQ in double precision, straight from the definition.
enum RaBitQOracle {
  /// The integers-and-a-half u of a code, whose signs are those of the residual.
  static func levels(_ code: [UInt8], dimension: Int, bits: Int) -> [Double] {
    let extra = bits - 1
    let start = (dimension + 7) / 8 + 12
    return (0..<dimension).map { index in
      let sign = Int(code[index / 8] >> UInt8(index % 8) & 1)
      guard extra > 0 else { return sign == 1 ? 1 : -1 }
      let level = (0..<extra).reduce(0) { total, bit in
        let place = index * extra + bit
        return total | Int(code[start + place / 8] >> UInt8(place % 8) & 1) << bit
      }
      return Double(sign << extra + level) - (Double(1 << extra) - 0.5)
    }
  }

  /// The cosine between a code and what it stands for.
  static func cosine(_ code: [UInt8], _ residual: [Double], _ bits: Int) -> Double {
    let levels = levels(code, dimension: residual.count, bits: bits)
    let dot = zip(levels, residual).reduce(0) { $0 + $1.0 * $1.1 }
    let norms = levels.reduce(0) { $0 + $1 * $1 } * residual.reduce(0) { $0 + $1 * $1 }
    return dot / norms.squareRoot()
  }

  static func float(_ code: [UInt8], _ at: Int) -> Double {
    Double(
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(code[at + $1]) << UInt32(8 * $1) }))
  }

  /// The value between a query and a code, by section 10.5 of the format document.
  static func value(
    _ query: ArraySlice<Float>, _ code: [UInt8], origin: ArraySlice<Float>, bits: Int,
    metric: Metric, queryBits: Int = 0
  ) -> Double {
    let d = query.count
    let q = query.map(Double.init), c = origin.map(Double.init)
    let relative = zip(q, c).map { $0 - $1 }
    let square = relative.reduce(0) { $0 + $1 * $1 }
    let levels = levels(code, dimension: d, bits: bits)
    guard bits == 1 else {
      let sum = zip(levels, relative).reduce(0) { $0 + $1.0 * $1.1 }
      let value = float(code, code.count - 8) + float(code, code.count - 4) * sum
      if metric == .l2 { return max(0, square + value) }
      return zip(q, c).reduce(0) { $0 + $1.0 * $1.1 } + value
    }
    var rounded = relative
    if queryBits > 0, let low = relative.min(), let top = relative.max(), top > low {
      let step = (top - low) / Double(1 << queryBits - 1)
      rounded = relative.map { (($0 - low) / step).rounded() * step + low }
    }
    let sum = zip(levels, rounded).reduce(0) { $0 + $1.0 * $1.1 }
    let signs = (d + 7) / 8
    let value =
      float(code, signs) + square - 2 * float(code, signs + 4) / Double(d).squareRoot() * sum
    if metric == .l2 { return max(0, value) }
    return -0.5 * (value - q.reduce(0) { $0 + $1 * $1 })
  }
}
