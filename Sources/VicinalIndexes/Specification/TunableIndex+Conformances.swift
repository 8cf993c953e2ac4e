public import VicinalCore

extension IVFIndex: TunableIndex {
  /// `nprobe`, and the settings of the coarse quantizer with `quantizer_` before their names.
  public var knobs: [Knob] {
    let probed = Knob(
      "nprobe", value: Double(probes),
      steps: Knob.powersOfTwo(0...12, upTo: Double(listCount)))
    return [probed]
      + coarse.availableKnobs.map { knob in
        var outer = knob.prefixed(Knob.coarsePrefix)
        // As in faiss, where an inverted file hands `efSearch` on to its graph.
        if knob.name == "efSearch" { outer.aliases.append(knob.name) }
        return outer
      }
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    guard name.hasPrefix(Knob.coarsePrefix) else {
      probes = Int(value)
      return
    }
    let inner = String(name.dropFirst(Knob.coarsePrefix.count))
    try VicinalIndexes.setKnob(inner, to: value, of: &coarse)
  }
}

extension HNSWIndex: TunableIndex {
  /// `efSearch`.
  public var knobs: [Knob] {
    [Knob("efSearch", value: Double(efSearch), steps: Knob.powersOfTwo(2...9))]
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    efSearch = Int(value)
  }
}

extension IDMapIndex: TunableIndex {
  /// The settings of the index inside.
  public var knobs: [Knob] { inner.availableKnobs }

  /// Changes one setting of the index inside.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try VicinalIndexes.setKnob(name, to: value, of: &inner)
  }
}

extension TransformedIndex: TunableIndex {
  /// The settings of the index inside.
  public var knobs: [Knob] { inner.availableKnobs }

  /// Changes one setting of the index inside.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try VicinalIndexes.setKnob(name, to: value, of: &inner)
  }
}
