import VicinalCoding

extension Knob {
  /// The settings that searches of codes have because of their codec.
  ///
  /// - Parameters:
  ///   - codec: What the codes are of; `nil` for floats.
  ///   - options: The present settings.
  static func ofCodec(_ codec: (any VectorCodec)?, _ options: ScanOptions) -> [Knob] {
    if let quantizer = codec as? RaBitQuantizer {
      // With more bits per coordinate queries are not rounded. Fewer bits are hardly faster here, so
      // that none is worth trying.
      guard quantizer.bits == 1 else { return [] }
      let present = options.queryBits ?? quantizer.queryBits
      return [Knob("qb", value: Double(present), range: 0...8, steps: [])]
    }
    // faiss leaves out polysemous steps for codes that are not whole words; here they are as fast.
    guard let quantizer = codec as? ProductQuantizer, quantizer.bits == 8 else { return [] }
    let all = Double(quantizer.codeSize * 8)
    let some = stride(from: 2, through: all / 2, by: 2).map(\.self)
    // Files may bring a threshold that no setting would accept.
    let present = options.hammingThreshold.map { min(max(0, Double($0)), all) } ?? all
    return [Knob("ht", value: present, range: 0...all, steps: some + [all])]
  }

  /// Changes a setting of a codec. As in faiss's inverted files, a Hamming threshold of 0 ends
  /// polysemous search, and so does one of all bits of a code. The bits of queries belong to the codec:
  /// files hold them.
  static func set(
    _ name: String, to value: Double, of options: inout ScanOptions,
    _ codec: inout (any VectorCodec)?
  ) {
    if name == "qb", var quantizer = codec as? RaBitQuantizer {
      quantizer.queryBits = Int(value)
      options.queryBits = nil
      codec = quantizer
    }
    guard name == "ht", let codec else { return }
    let isPolysemous = value > 0 && value < Double(codec.codeSize * 8)
    options.hammingThreshold = isPolysemous ? Int(value) : nil
    options.searchType = isPolysemous ? .polysemous : .asymmetric
  }
}
