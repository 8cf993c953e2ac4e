public import VicinalCore

/// A binary index whose searches can be made faster or more accurate; see ``TunableIndex``.
///
/// faiss: none; there the fields of the classes are set.
public protocol BinaryTunableIndex: BinaryIndex {
  /// The settings that this index has, the most influential first. A name occurs once.
  var knobs: [Knob] { get }

  /// Changes one setting; ``set(_:to:)`` has checked name and value.
  ///
  /// - Parameters:
  ///   - name: The name (not an alias) of one of ``knobs``.
  ///   - value: Within the range of that knob.
  /// - Throws: Only what could not be known from ``knobs``; the index is then as before.
  mutating func setKnob(_ name: String, to value: Double) throws(IndexError)
}

extension BinaryTunableIndex {
  /// Changes one setting.
  ///
  /// - Parameters:
  ///   - name: The name of a knob, or one of its aliases.
  ///   - value: What to set, for counts a whole number.
  /// - Throws: As ``TunableIndex/set(_:to:)``.
  public mutating func set(_ name: String, to value: Double) throws(IndexError) {
    let knob = try knobs.named(name, of: "\(Self.self)")
    try knob.check(value)
    try setKnob(knob.name, to: value)
  }
}

extension BinaryIndex {
  /// The settings that this index has; none if it is not tunable.
  public var availableKnobs: [Knob] { (self as? any BinaryTunableIndex)?.knobs ?? [] }
}

/// Changes one setting of a binary index that may not be tunable.
private func setKnob(
  _ name: String, to value: Double, of index: inout any BinaryIndex
) throws(IndexError) {
  guard var tunable = index as? any BinaryTunableIndex else {
    _ = try [Knob]().named(name, of: "\(type(of: index))")
    return
  }
  try tunable.set(name, to: value)
  index = tunable
}

extension BinaryIVFIndex: BinaryTunableIndex {
  /// `nprobe`, and the settings of the coarse quantizer with `quantizer_` before their names.
  public var knobs: [Knob] {
    let probed = Knob(
      "nprobe", value: Double(probes), steps: Knob.powersOfTwo(0...12, upTo: Double(listCount)))
    return [probed] + coarse.availableKnobs.map(\.ofCoarse)
  }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    guard name.hasPrefix(Knob.coarsePrefix) else { return probes = Int(value) }
    let inner = String(name.dropFirst(Knob.coarsePrefix.count))
    try VicinalIndexes.setKnob(inner, to: value, of: &coarse)
  }
}

extension BinaryHNSWIndex: BinaryTunableIndex {
  /// `efSearch`, and `efConstruction` for vectors that are added from then on.
  public var knobs: [Knob] { Knob.ofGraph(efSearch, efConstruction) }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    if name == "efSearch" { efSearch = Int(value) } else { efConstruction = Int(value) }
  }
}

extension BinaryHashIndex: BinaryTunableIndex {
  /// `nflip`.
  public var knobs: [Knob] { [Knob.flips(flips, of: hashBits)] }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    flips = Int(value)
  }
}

extension BinaryMultiHashIndex: BinaryTunableIndex {
  /// `nflip`.
  public var knobs: [Knob] { [Knob.flips(flips, of: hashBits)] }

  /// Changes one setting.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    flips = Int(value)
  }
}

extension BinaryIDMapIndex: BinaryTunableIndex {
  /// The settings of the index inside.
  public var knobs: [Knob] { inner.availableKnobs }

  /// Changes one setting of the index inside.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try VicinalIndexes.setKnob(name, to: value, of: &inner)
  }
}

extension BinaryFromFloatIndex: BinaryTunableIndex {
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
