public import VicinalCore

/// Settings for some knobs, as text `nprobe=16,ht=40` or as values.
///
/// ```swift
/// let settings = try KnobSettings(parsing: "nprobe=16,quantizer_efSearch=64")
/// try settings.apply(to: &index)
/// ```
///
/// faiss: the text of `ParameterSpace::set_index_parameters`. Other than there, the order does not
/// matter, a name may occur only once, and either all settings are made or none.
public struct KnobSettings: Sendable, Hashable {
  /// Name and value of each setting, in the order given.
  public private(set) var entries: [Entry]

  /// One setting.
  public struct Entry: Sendable, Hashable {
    /// faiss's name of the knob.
    public let name: String
    /// The value.
    public let value: Double

    /// Sets a knob to a value.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Takes settings as they are.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// Understands `name=value` pairs, separated by commas or spaces. Empty text sets nothing.
  ///
  /// Which names an index has shows when they are applied.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification`` for text that is not understood and for
  ///   names that occur twice.
  public init(parsing text: String) throws(IndexError) {
    entries = []
    for part in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // Swift reads hexadecimal numbers too; here an x is a slip.
      guard sides.count == 2, !sides[0].isEmpty, let value = Double(sides[1]), !value.isNaN,
        !sides[1].contains(where: { $0 == "x" || $0 == "X" })
      else {
        throw IndexError(
          .invalidSpecification, "'\(part)' is not a search parameter; write nprobe=16")
      }
      let name = String(sides[0])
      guard !entries.contains(where: { $0.name == name }) else {
        throw IndexError(.invalidSpecification, "'\(text)' sets \(name) twice")
      }
      entries.append(Entry(name, value))
    }
  }

  /// Stores the settings in an index, behind id maps, transforms and shards too.
  ///
  /// - Parameters:
  ///   - index: What is changed.
  ///   - name: What messages call it; its type unless given.
  /// - Throws: ``IndexError/Code/unsupported`` for a knob that the index does not have,
  ///   ``IndexError/Code/invalidArgument`` for a value that cannot be set,
  ///   ``IndexError/Code/invalidSpecification`` if two names set the same knob or no index has a
  ///   knob of that name; the index is then as before.
  public func apply(
    to index: inout any VectorIndex, named name: String? = nil
  ) throws(IndexError) {
    let named = try named(index.availableKnobs, name ?? "\(type(of: index))")
    guard var tunable = index as? any TunableIndex, !named.isEmpty else { return }
    for entry in named { try tunable.setKnob(entry.name, to: entry.value) }
    index = tunable
  }

  /// Stores the settings in an index of known type.
  ///
  /// - Throws: As for an index of any type.
  public func apply<Index: Tunable>(to index: inout Index) throws(IndexError) {
    var changed = index
    for entry in try named(index.knobs, "\(Index.self)") {
      try changed.setKnob(entry.name, to: entry.value)
    }
    index = changed
  }

  /// Stores the settings in a binary index, behind id maps too.
  ///
  /// - Throws: As for an index over floats.
  public func apply(to index: inout any BinaryIndex) throws(IndexError) {
    let named = try named(index.availableKnobs, "\(type(of: index))")
    guard var tunable = index as? any BinaryIndex & Tunable, !named.isEmpty else { return }
    for entry in named { try tunable.setKnob(entry.name, to: entry.value) }
    index = tunable
  }

  /// The settings under the names of an index's knobs, checked.
  private func named(_ knobs: [Knob], _ kind: String) throws(IndexError) -> [Entry] {
    var named: [Entry] = []
    for entry in entries {
      let knob = try knobs.named(entry.name, of: kind)
      try knob.check(entry.value)
      guard !named.contains(where: { $0.name == knob.name }) else {
        throw IndexError(.invalidSpecification, "'\(self)' sets \(knob.name) twice")
      }
      named.append(Entry(knob.name, entry.value))
    }
    return named
  }
}

extension KnobSettings: CustomStringConvertible {
  /// `nprobe=16,ht=40`, in the order given.
  public var description: String {
    entries.map { "\($0.name)=\($0.value.knobText)" }.joined(separator: ",")
  }
}

extension KnobSettings: Codable {
  /// Reads text.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
