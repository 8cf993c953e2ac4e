extension ScalarQuantizer: ByteValueCodec {
  /// What bytes stand for: a code is the middle of its step (section 10.3 of the format document).
  package var byteValues: (offsets: [Float], scales: [Float])? {
    guard isTrained else { return nil }
    let low: [Float]
    let widths: [Float]
    switch kind {
    case .bits8: (low, widths) = (Array(trained[..<dimension]), Array(trained[dimension...]))
    case .uniform8:
      low = [Float](repeating: trained[0], count: dimension)
      widths = [Float](repeating: trained[1], count: dimension)
    case .direct, .directSigned:
      let offset: Float = kind == .direct ? 0 : -128
      return (
        [Float](repeating: offset, count: dimension), [Float](repeating: 1, count: dimension)
      )
    default: return nil
    }
    return (zip(low, widths).map { $0 + 0.5 / 255 * $1 }, widths.map { $0 / 255 })
  }
}
