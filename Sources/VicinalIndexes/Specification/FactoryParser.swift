import VicinalCoding
import VicinalCore

/// Understands factory strings. Errors say at which character.
struct FactoryParser {
  /// A word between commas that are not in parentheses.
  struct Word {
    var text: Substring
    /// Characters of the whole string before it.
    var offset: Int
  }

  private let text: String

  private static let mostWords = 16
  private static let deepestNesting = 4

  static func parse(_ text: String) throws(IndexError) -> IndexSpec {
    let parser = FactoryParser(text: text)
    return try parser.index(parser.words(in: text[...], offset: 0)[...], depth: 0)
  }

  private func words(in text: Substring, offset: Int) throws(IndexError) -> [Word] {
    var words: [Word] = []
    var (depth, start, place) = (0, text.startIndex, offset)
    var wordOffset = offset
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")":
        depth -= 1
        guard depth >= 0 else { throw wrong("a parenthesis closes that was not opened", place) }
      case "," where depth == 0:
        words.append(Word(text: text[start..<index], offset: wordOffset))
        start = text.index(after: index)
        wordOffset = place + 1
      default: break
      }
      place += 1
    }
    guard depth == 0 else { throw wrong("a parenthesis is not closed", place) }
    words.append(Word(text: text[start...], offset: wordOffset))
    if words.count > 1, let empty = words.first(where: \.text.isEmpty) {
      throw wrong("the part here is empty; leave out a comma", empty.offset)
    }
    guard words.count <= Self.mostWords else {
      throw wrong(
        "a factory string has at most \(Self.mostWords) parts, this one has \(words.count)", offset)
    }
    return words
  }

  private func index(
    _ words: ArraySlice<Word>, depth: Int
  ) throws(IndexError) -> IndexSpec {
    guard depth <= Self.deepestNesting else {
      throw wrong("indexes lie too deep inside each other", words.first?.offset ?? 0)
    }
    guard let first = words.first, let last = words.last else {
      throw wrong("an index is expected at the end", text.count)
    }
    if first.text == "IDMap" || first.text == "IDMap2" {
      let inner = try index(words.dropFirst(), depth: depth)
      return try checked(
        .idMap(inner, isReversible: first.text == "IDMap2"), words.dropFirst().first ?? first)
    }
    if words.count > 1, last.text == "IDMap" || last.text == "IDMap2" {
      let inner = try index(words.dropLast(), depth: depth)
      return try checked(.idMap(inner, isReversible: last.text == "IDMap2"), last)
    }
    if words.count > 1, let refiner = try refiner(last, depth: depth) {
      return try checked(.refined(index(words.dropLast(), depth: depth), by: refiner), last)
    }
    var transforms: [TransformSpec] = []
    var rest = words
    while let word = rest.first, let transform = try transform(word) {
      transforms.append(transform)
      rest = rest.dropFirst()
    }
    guard transforms.isEmpty else {
      let inner = try index(rest, depth: depth)
      return try checked(.transformed(transforms, inner), rest.first ?? last)
    }
    return try core(first, words.dropFirst(), depth: depth)
  }

  private func transform(_ word: Word) throws(IndexError) -> TransformSpec? {
    try located(word.offset) { () throws(IndexError) in try TransformSpec(word: word.text) }
  }

  /// `RFlat`, `Refine(SQ8)`.
  private func refiner(_ word: Word, depth: Int) throws(IndexError) -> IndexSpec? {
    if word.text == "RFlat" { return .flat }
    for name in ["Refine(", "RefinePanorama("] {
      guard let rest = word.text.dropping(name), rest.hasSuffix(")") else { continue }
      let inner = try nested(rest.dropLast(), offset: word.offset + name.count, depth: depth)
      if name == "RefinePanorama(" {
        guard case .panorama(.flat, _) = inner else {
          throw wrong("'\(word.text)' refines by FlatL2Panorama8 or the like", word.offset)
        }
      }
      return inner
    }
    return nil
  }

  private func nested(
    _ text: Substring, offset: Int, depth: Int
  ) throws(IndexError) -> IndexSpec {
    try index(words(in: text, offset: offset)[...], depth: depth + 1)
  }

  /// `Flat`, `SQ8`, `HNSW32`, `IVF100,Flat` …
  private func core(
    _ first: Word, _ rest: ArraySlice<Word>, depth: Int
  ) throws(IndexError) -> IndexSpec {
    if first.text.hasPrefix("HNSW") { return try graph(first, rest) }
    if first.text.hasPrefix("IVF") || first.text.hasPrefix("IMI") {
      let (listCount, coarse) = try coarse(first, depth: depth)
      guard let word = rest.first else {
        throw wrong(
          "an inverted file needs what its lists hold, for example '\(first.text),Flat'", text.count
        )
      }
      try end(rest.dropFirst())
      if let panorama = PanoramaSpec(word: word.text, prefix: "FlatPanorama") {
        return try checked(.panorama(.ivf(listCount: listCount, coarse: coarse), panorama), word)
      }
      if word.text == "FlatDedup" {
        return try checked(.deduplicated(.ivf(listCount: listCount, coarse: coarse)), word)
      }
      return try checked(
        .ivf(listCount: listCount, coarse: coarse, codec: codec(word)), word)
    }
    let spec: IndexSpec
    if let text = first.text.dropping("RCQ") {
      guard let bits = AdditiveSpec.bits(text, isMixed: true) else {
        throw wrong("cells that are sums of entries are written like RCQ2x3", first.offset)
      }
      spec = .residualCells(bits: bits)
    } else if let panorama = PanoramaSpec(flat: first.text) {
      spec = .panorama(.flat, panorama)
    } else {
      spec = try codec(first).map { .codes($0) } ?? .flat
    }
    try end(rest)
    return try checked(spec, first)
  }

  private func graph(_ first: Word, _ rest: ArraySlice<Word>) throws(IndexError) -> IndexSpec {
    var head = first
    var rest = rest
    // `HNSW16_PQ8` is faiss's other way of writing `HNSW16,PQ8`.
    if let place = first.text.firstIndex(of: "_") {
      head.text = first.text[..<place]
      let tail = first.text[first.text.index(after: place)...]
      rest = [Word(text: tail, offset: first.offset + head.text.count + 1)] + rest
    }
    let links = try self.links(head)
    guard let word = rest.first else { return .hnsw(links: links) }
    try end(rest.dropFirst())
    if let panorama = PanoramaSpec(graph: word.text) {
      return try checked(.panorama(.hnsw(links: links), panorama), word)
    }
    return try checked(.hnsw(links: links, codec: codec(word)), word)
  }

  private func links(_ word: Word) throws(IndexError) -> Int {
    let digits = word.text.dropFirst(4)
    guard !digits.isEmpty else { return 32 }
    let links = try number(digits, "the M of HNSW", word.offset + 4)
    try located(word.offset + 4) { () throws(IndexError) in try IndexSpec.requireLinks(links) }
    return links
  }

  /// `IVF1024`, `IVF1k`, `IVF1024_HNSW32`, `IVF1024(HNSW32)`, `IMI2x8`.
  private func coarse(
    _ word: Word, depth: Int
  ) throws(IndexError) -> (Int, IndexSpec.CoarseSpec) {
    let body = word.text.dropFirst(3)
    let place = word.offset + 3
    let digits = body.prefix { $0.isASCII && $0.isNumber }
    var rest = body.dropFirst(digits.count)
    if word.text.hasPrefix("IMI") {
      let subspaces = try number(digits, "the number of parts of IMI", place)
      guard let tail = rest.dropping("x") else {
        throw wrong("a multi-index is written like IMI2x8", place)
      }
      let bits = try number(tail, "the bits of IMI", place + digits.count + 1)
      let total = subspaces.multipliedReportingOverflow(by: bits)
      guard subspaces >= 1, bits >= 1, !total.overflow, total.partialValue <= 30 else {
        throw wrong("a multi-index has at most 2^30 cells", place)
      }
      return (1 << total.partialValue, .multiIndex(subspaces: subspaces, bits: bits))
    }
    var listCount = try number(digits, "the number of IVF lists", place)
    var offset = place + digits.count
    for (letter, factor) in [("k", 1 << 10), ("M", 1 << 20)] {
      guard let tail = rest.dropping(letter) else { continue }
      let product = listCount.multipliedReportingOverflow(by: factor)
      guard !product.overflow else { throw wrong("there are too many lists", place) }
      (listCount, rest, offset) = (product.partialValue, tail, offset + 1)
    }
    try located(place) { [listCount] () throws(IndexError) in
      try IndexSpec.requireLists(listCount)
    }
    if rest.isEmpty { return (listCount, .flat) }
    if let tail = rest.dropping("_HNSW") {
      let links = Word(text: "HNSW" + tail, offset: offset + 1)
      return (listCount, .hnsw(links: try self.links(links)))
    }
    guard let tail = rest.dropping("("), tail.hasSuffix(")") else {
      let name = rest.dropping("_")
      throw unknown(Word(text: name ?? rest, offset: offset + (name == nil ? 0 : 1)))
    }
    switch try nested(tail.dropLast(), offset: offset + 1, depth: depth) {
    case .flat: return (listCount, .flat)
    case .hnsw(let links, nil): return (listCount, .hnsw(links: links))
    case let spec:
      let coarse = IndexSpec.CoarseSpec.index(spec)
      try located(offset + 1) { [listCount] () throws(IndexError) in
        try coarse.validate(listCount: listCount)
      }
      return (listCount, coarse)
    }
  }

  /// A codec, or `nil` for `Flat`.
  private func codec(_ word: Word) throws(IndexError) -> CodecSpec? {
    if word.text == "Flat" { return nil }
    guard let codec = CodecSpec(word: word.text) else { throw unknown(word) }
    try located(word.offset) { () throws(IndexError) in try codec.validate() }
    return codec
  }

  /// A part whose own parts were checked where they stand; what is wrong now is laid to `word`.
  private func checked(_ spec: IndexSpec, _ word: Word) throws(IndexError) -> IndexSpec {
    try located(word.offset) { () throws(IndexError) in try spec.validate() }
    return spec
  }

  /// Says in errors of `body` at which character they arose.
  private func located<R>(
    _ offset: Int, _ body: () throws(IndexError) -> R
  ) throws(IndexError) -> R {
    do throws(IndexError) {
      return try body()
    } catch {
      throw IndexError(error.code, wrong(error.message, offset).message)
    }
  }

  private func number(
    _ digits: Substring, _ name: String, _ offset: Int
  ) throws(IndexError) -> Int {
    guard let value = Int(plain: digits) else {
      let isTooLarge = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
      throw wrong(
        isTooLarge
          ? "\(name) is too large: \(digits)" : "\(name) must be a number, found '\(digits)'",
        offset)
    }
    return value
  }

  private func end(_ rest: ArraySlice<Word>) throws(IndexError) {
    guard let word = rest.first else { return }
    throw Self.isPlanned(word.text)
      ? unknown(word) : wrong("'\(word.text)' stands behind the end of the index", word.offset)
  }
}

extension FactoryParser {
  /// Words that faiss's factory knows and this version does not.
  private static let planned = [
    "NSG", "Residual", "ZnLattice", "EDEN", "SQtq", "SH", "MinMax", "SVS",
  ]

  private static func isPlanned(_ word: Substring) -> Bool {
    planned.contains { word.hasPrefix($0) }
      || ["RQ", "LSQ", "PRQ", "PLSQ"].contains { word.hasPrefix($0) } && word.contains("fs")
      // The two levels of `HNSW32,6+PQ4`.
      || word.first?.isNumber == true && word.contains("+PQ")
  }

  private func unknown(_ word: Word) -> IndexError {
    let known =
      "Flat, SQ8, SQ4, SQfp16, PQ16, PQ16x4fs, LSH, RaBitQ, RQ4x8, LSQ4x8, HNSW32, IVF1024 and IMI2x8 with one of"
      + " these, PCA64, OPQ16 and others in front, RFlat behind"
    if ["BFlat", "BIVF", "BHNSW", "BHash"].contains(where: text.hasPrefix) {
      return IndexError(
        .unsupported,
        "'\(text)', character \(word.offset + 1): this is an index of binary vectors, not of"
          + " floats; in Swift BinaryIndexSpec makes it")
    }
    guard Self.isPlanned(word.text) else {
      return wrong("'\(word.text)' is not understood; known are \(known)", word.offset)
    }
    return IndexError(
      .unsupported,
      "'\(text)', character \(word.offset + 1): '\(word.text)' is not built yet; known are \(known)"
    )
  }

  private func wrong(_ problem: String, _ offset: Int) -> IndexError {
    IndexError(.invalidSpecification, "'\(text)', character \(offset + 1): \(problem)")
  }
}
