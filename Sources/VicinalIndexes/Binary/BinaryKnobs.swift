public import VicinalCore

extension BinaryIVFIndex: Tunable {
  /// `nprobe`, the settings of the coarse quantizer with `quantizer_` before their names, and `ratio`.
  public var knobs: [Knob] {
    let probed = Knob(
      "nprobe", value: Double(probes), steps: Knob.powersOfTwo(0...12, upTo: Double(listCount)))
    return [probed] + coarse.availableKnobs.map(\.ofCoarse) + [.cellRatio(cellRatio)]
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "ratio" { return cellRatio = Float(value) }
    guard name.hasPrefix(Knob.coarsePrefix) else { return probes = Int(value) }
    let inner = String(name.dropFirst(Knob.coarsePrefix.count))
    try VicinalIndexes.setKnob(inner, to: value, of: &coarse)
  }
}

extension BinaryHNSWIndex: Tunable {
  /// `efSearch`, and `efConstruction` for vectors that are added from then on.
  public var knobs: [Knob] { Knob.ofGraph(efSearch, efConstruction) }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "efSearch" { efSearch = Int(value) } else { efConstruction = Int(value) }
  }
}

extension BinaryHashIndex: Tunable {
  /// `nflip`.
  public var knobs: [Knob] { [Knob.flips(flips, of: hashBits)] }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    flips = Int(value)
  }
}

extension BinaryMultiHashIndex: Tunable {
  /// `nflip`.
  public var knobs: [Knob] { [Knob.flips(flips, of: hashBits)] }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    flips = Int(value)
  }
}

extension BinaryIDMapIndex: Tunable {
  /// The settings of the index inside.
  public var knobs: [Knob] { inner.availableKnobs }

  /// Changes one setting of the index inside.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try VicinalIndexes.setKnob(name, to: value, of: &inner)
  }
}

extension BinaryFromFloatIndex: Tunable {
  /// The settings of the index over floats.
  public var knobs: [Knob] { inner.availableKnobs }

  /// Changes one setting of the index over floats.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try VicinalIndexes.setKnob(name, to: value, of: &inner)
  }
}

extension Knob {
  /// Bits in which the hashes that are visited may differ from the query's.
  fileprivate static func flips(_ value: Int, of bits: Int) -> Knob {
    Knob(
      "nflip", value: Double(min(value, bits)), range: 0...Double(bits),
      steps: (0...min(bits, 4)).map(Double.init))
  }
}
