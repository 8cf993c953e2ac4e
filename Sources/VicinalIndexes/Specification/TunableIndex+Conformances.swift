import VicinalCoding
public import VicinalCore

extension IVFIndex: TunableIndex {
  /// `nprobe`, the settings of the coarse quantizer with `quantizer_` before their names, `ht` of
  /// product quantizers, `qb` of RaBitQ, `max_codes`, where infinity means no limit, and `ratio`, where
  /// 0 visits all lists.
  public var knobs: [Knob] {
    let probed = Knob(
      "nprobe", value: Double(probes), steps: Knob.powersOfTwo(0...12, upTo: Double(listCount)))
    let cells = coarse.availableKnobs.map(\.ofCoarse)
    // Lists of nearly equal length need no limit beside `nprobe`, so none is worth trying.
    let limit = Knob(
      "max_codes", value: maxCodes.map(Double.init) ?? .infinity, range: 1 ... .infinity, steps: [])
    return [probed] + cells + Knob.ofCodec(codec, scanOptions) + [limit, .cellRatio(cellRatio)]
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    switch name {
    case "nprobe": probes = Int(value)
    case "max_codes": maxCodes = Int(exactly: value)
    case "ratio": cellRatio = Float(value)
    case _ where name.hasPrefix(Knob.coarsePrefix):
      let inner = String(name.dropFirst(Knob.coarsePrefix.count))
      try VicinalIndexes.setKnob(inner, to: value, of: &coarse)
    default: Knob.set(name, to: value, of: &scanOptions, &codec)
    }
  }
}

extension CodedIndex: TunableIndex {
  /// The settings of the codec: `ht` of product quantizers, `qb` of RaBitQ.
  public var knobs: [Knob] { Knob.ofCodec(codec, scanOptions) }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    var changed: (any VectorCodec)? = codec
    Knob.set(name, to: value, of: &scanOptions, &changed)
    if let changed { codec = changed }
  }
}

extension HNSWIndex: TunableIndex {
  /// `efSearch`, and `efConstruction` for vectors that are added from then on.
  public var knobs: [Knob] { Knob.ofGraph(efSearch, efConstruction) }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "efSearch" { efSearch = Int(value) } else { efConstruction = Int(value) }
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

extension RefinedIndex: TunableIndex {
  /// `k_factor_rf`, then the settings of the index that finds candidates.
  public var knobs: [Knob] {
    [Knob.refineFactor("k_factor_rf", value: refineFactor)] + base.availableKnobs
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "k_factor_rf" {
      refineFactor = Float(value)
    } else {
      try VicinalIndexes.setKnob(name, to: value, of: &base)
    }
  }
}

extension IVFPQRIndex: TunableIndex {
  /// `k_factor`, then the settings of the inverted file.
  public var knobs: [Knob] {
    [Knob.refineFactor("k_factor", value: refineFactor)] + base.knobs
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "k_factor" {
      refineFactor = Float(value)
    } else {
      try base.setKnob(name, to: value)
    }
  }
}

extension Knob {
  /// The settings of a graph.
  static func ofGraph(_ efSearch: Int, _ efConstruction: Int) -> [Knob] {
    [
      Knob("efSearch", value: Double(efSearch), steps: Knob.powersOfTwo(2...9)),
      Knob("efConstruction", value: Double(efConstruction), steps: []),
    ]
  }

  /// Cells that are visited, relative to the best.
  static func cellRatio(_ value: Float) -> Knob {
    // Not worth trying unless asked for: faiss could not search the file in the same way.
    Knob("ratio", value: Double(value), range: 0...1, isWhole: false, steps: [])
  }

  /// The same setting of an inverted file whose coarse quantizer has it.
  var ofCoarse: Knob {
    var outer = prefixed(Knob.coarsePrefix)
    // As in faiss, where an inverted file hands these on to its graph.
    if name.hasPrefix("ef") { outer.aliases.append(name) }
    return outer
  }

  /// How many times the wanted candidates are compared again.
  fileprivate static func refineFactor(_ name: String, value: Float) -> Knob {
    Knob(
      name, value: Double(value), range: 1...Double(RefinedIndex.largestFactor), isWhole: false,
      steps: Knob.powersOfTwo(0...6))
  }
}
