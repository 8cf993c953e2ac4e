public import VicinalCore

/// An index, over floats or over binary vectors, whose searches can be made faster or more accurate.
///
/// Containers list the settings of what they hold beside their own, so that a knob is reached by
/// its name however deep it is. ``KnobSettings`` sets several by text.
///
/// faiss: what `ParameterSpace` finds out by asking an index for its class; for binary indexes
/// fields are set there.
public protocol Tunable {
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

/// An index over floats whose searches can be made faster or more accurate.
public protocol TunableIndex: VectorIndex, Tunable {}

extension Tunable {
  /// Changes one setting.
  ///
  /// - Parameters:
  ///   - name: The name of a knob, or one of its aliases.
  ///   - value: What to set, for counts a whole number.
  /// - Throws: ``IndexError/Code/unsupported`` if this index has no such knob,
  ///   ``IndexError/Code/invalidSpecification`` if no index has one of that name,
  ///   ``IndexError/Code/invalidArgument`` for a value that cannot be set; the index is then as
  ///   before.
  public mutating func set(_ name: String, to value: Double) throws(IndexError) {
    let knob = try knobs.named(name, of: "\(Self.self)")
    try knob.check(value)
    try setKnob(knob.name, to: value)
  }
}

extension VectorIndex {
  /// The settings that this index has; none if it is not tunable.
  public var availableKnobs: [Knob] { (self as? any TunableIndex)?.knobs ?? [] }
}

extension BinaryIndex {
  /// The settings that this index has; none if it is not tunable.
  public var availableKnobs: [Knob] { (self as? any Tunable)?.knobs ?? [] }
}

/// Changes one setting of an index of any kind, `any VectorIndex` or `any BinaryIndex`, that may not
/// be tunable.
///
/// - Throws: As ``Tunable/set(_:to:)``.
package func setKnob<Index>(
  _ name: String, to value: Double, of index: inout Index
) throws(IndexError) {
  guard var tunable = index as? any Tunable else {
    _ = try [Knob]().named(name, of: "\(type(of: index as Any))")
    return
  }
  try tunable.set(name, to: value)
  if let changed = tunable as? Index { index = changed }
}

extension [Knob] {
  /// The knob with a name or alias.
  package func named(_ name: String, of kind: String) throws(IndexError) -> Knob {
    if let knob = first(where: { $0.name == name || $0.aliases.contains(name) }) { return knob }
    let own =
      isEmpty
      ? "\(kind) has no search parameters"
      : "\(kind) has \(map(\.name).joined(separator: ", "))"
    guard Knob.isKnown(name) else {
      throw IndexError(
        .invalidSpecification,
        "'\(name)' is not a search parameter; \(own); known for some index are "
          + Knob.knownNames.joined(separator: ", "))
    }
    throw IndexError(.unsupported, "\(own), \(isEmpty ? "so" : "but") not \(name)")
  }
}

extension Knob {
  /// Every name that some index has, without the prefix of coarse quantizers.
  package static let knownNames = [
    "nprobe", "efSearch", "ht", "k_factor", "k_factor_rf", "max_codes", "efConstruction",
    "nflip", "qb", "ratio",
  ]

  /// What faiss puts before the names of a coarse quantizer's settings.
  package static let coarsePrefix = "quantizer_"

  /// Whether some index has a setting of this name.
  package static func isKnown(_ name: String) -> Bool {
    var name = name[...]
    while name.hasPrefix(coarsePrefix) { name = name.dropFirst(coarsePrefix.count) }
    return knownNames.contains { $0 == name }
  }

  /// Requires a value that can be set.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``.
  package func check(_ value: Double) throws(IndexError) {
    let isWholeIfNeeded = !isWhole || value.isInfinite || value.rounded() == value
    guard range.contains(value), isWholeIfNeeded else {
      throw IndexError(
        .invalidArgument,
        "\(name) must be \(isWhole ? "a whole number " : "")within \(range.lowerBound.knobText)…"
          + "\(range.upperBound.knobText), got \(value.knobText)")
    }
  }
}

extension Double {
  /// `16` for 16.0, `0.5`, `inf`: as short as faiss's `%g` and without its loss of digits.
  package var knobText: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
