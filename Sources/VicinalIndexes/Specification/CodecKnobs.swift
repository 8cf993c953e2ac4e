import VicinalCoding

extension Knob {
  /// The settings that searches of codes have because of their codec.
  ///
  /// - Parameters:
  ///   - codec: What the codes are of; `nil` for floats.
  ///   - options: The present settings.
  static func ofCodec(_ codec: (any VectorCodec)?, _ options: ScanOptions) -> [Knob] {
    // faiss leaves out polysemous steps for codes that are not whole words; here they are as fast.
    guard let quantizer = codec as? ProductQuantizer, quantizer.bits == 8 else { return [] }
    let all = Double(quantizer.codeSize * 8)
    let some = stride(from: 2, through: all / 2, by: 2).map(\.self)
    // Files may bring a threshold that no setting would accept.
    let present = options.hammingThreshold.map { min(max(0, Double($0)), all) } ?? all
    return [Knob("ht", value: present, range: 0...all, steps: some + [all])]
  }

  /// Changes a setting of a codec. As in faiss's inverted files, a Hamming threshold of 0 ends
  /// polysemous search, and so does one of all bits of a code.
  static func set(
    _ name: String, to value: Double, of options: inout ScanOptions,
    _ codec: (any VectorCodec)?
  ) {
    guard name == "ht", let codec else { return }
    let isPolysemous = value > 0 && value < Double(codec.codeSize * 8)
    options.hammingThreshold = isPolysemous ? Int(value) : nil
    options.searchType = isPolysemous ? .polysemous : .asymmetric
  }
}
