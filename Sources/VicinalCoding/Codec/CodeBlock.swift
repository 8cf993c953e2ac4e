package import VicinalCore

/// Codes in the layout of their codec: what a flat container of codes holds, and what each
/// inverted list of codes holds.
package struct CodeBlock: Sendable {
  /// The codes; may view a mapped file.
  package private(set) var bytes: ByteStorage

  /// Codes held.
  package private(set) var count: Int

  /// Bytes of a plain code.
  package let codeSize: Int

  /// How the codes lie in ``bytes``.
  package let layout: CodeLayout

  /// No codes.
  package init(codeSize: Int, layout: CodeLayout = .rows) {
    self.codeSize = codeSize
    self.layout = layout
    bytes = ByteStorage()
    count = 0
  }

  /// Takes over what a file holds; the caller has checked the size.
  package init(bytes: ByteStorage, count: Int, codeSize: Int, layout: CodeLayout = .rows) {
    self.codeSize = codeSize
    self.layout = layout
    self.bytes = bytes
    self.count = count
  }

  /// Memory held, mapped files not counted.
  package var byteCount: Int { bytes.capacity }

  /// Adds plain codes.
  package mutating func append(_ codes: RawSpan) {
    let added = codeSize > 0 ? codes.byteCount / codeSize : 0
    append(codes, count: added)
  }

  /// Adds `added` plain codes; says how many even where codes have no bytes.
  package mutating func append(_ codes: RawSpan, count added: Int) {
    switch layout {
    case .rows: bytes.append(codes)
    case .interleaved(let vectors, let pairs, let extra):
      bytes.resize(to: layout.byteCount(codes: count + added, codeSize: codeSize))
      let place = Interleaving(vectors: vectors, pairs: pairs, extra: extra)
      place.insert(codes, count: added, codeSize: codeSize, at: count, into: &bytes)
    }
    count += added
  }

  /// Copies plain code `index` to the end of `output`.
  package func appendCode(_ index: Int, to output: inout [UInt8]) {
    switch layout {
    case .rows:
      output.append(copying: bytes.bytes.extracting(index * codeSize..<(index + 1) * codeSize))
    case .interleaved(let vectors, let pairs, let extra):
      Interleaving(vectors: vectors, pairs: pairs, extra: extra)
        .append(code: index, codeSize: codeSize, of: bytes.bytes, to: &output)
    }
  }

  /// All codes, plain.
  package func plainCodes() -> [UInt8] {
    var codes: [UInt8] = []
    codes.reserveCapacity(count * codeSize)
    if case .rows = layout {
      codes.append(copying: bytes.bytes)
    } else {
      for index in 0..<count { appendCode(index, to: &codes) }
    }
    return codes
  }

  /// Overwrites plain code `index`. Only for codes in rows.
  package mutating func replaceCode(_ index: Int, with code: RawSpan) {
    precondition(layout == .rows && code.byteCount == codeSize && index < count)
    let start = index * codeSize
    bytes.withMutableBytes { target in
      for offset in 0..<code.byteCount { target[start + offset] = code.byte(offset) }
    }
  }

  /// Forgets all codes.
  package mutating func removeAll() { self = CodeBlock(codeSize: codeSize, layout: layout) }

  /// Keeps the codes for which `isKept` holds, in order.
  package mutating func filterCodes(isKept: (Int) -> Bool) {
    let kept = (0..<count).filter(isKept)
    guard kept.count < count else { return }
    var codes: [UInt8] = []
    codes.reserveCapacity(kept.count * codeSize)
    for index in kept { appendCode(index, to: &codes) }
    self = CodeBlock(codeSize: codeSize, layout: layout)
    append(codes.span.rawBytes, count: kept.count)
    trim()
  }

  /// Makes room for `total` codes, and when that means moving, for one part in `slack` more.
  package mutating func reserve(_ total: Int, slack: Int = .max) {
    bytes.reserve(layout.byteCount(codes: total, codeSize: codeSize), slack: slack)
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() { bytes.trim() }
}
