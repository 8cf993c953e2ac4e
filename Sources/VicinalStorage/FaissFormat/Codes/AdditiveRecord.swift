import VicinalCoding
import VicinalCore

/// An additive quantizer as records hold it (section 4.3 of the format document): its tables, how
/// it is trained, and for product variants the quantizers of the parts.
struct AdditiveRecord: Sendable {
  /// faiss's classes.
  enum Kind: Sendable {
    case residual
    case localSearch
    case productResidual
    case productLocalSearch

    var isProduct: Bool { self == .productResidual || self == .productLocalSearch }
    fileprivate var ofParts: Kind { self == .productResidual ? .residual : .localSearch }

    /// The code of a flat index.
    var flatCode: RecordCode {
      switch self {
      case .residual: "IxRq"
      case .localSearch: "IxLS"
      case .productResidual: "IxPR"
      case .productLocalSearch: "IxPL"
      }
    }

    /// The code of an inverted file.
    var listCode: RecordCode {
      switch self {
      case .residual: "IwRQ"
      case .localSearch: "IwLS"
      case .productResidual: "IwPR"
      case .productLocalSearch: "IwPL"
      }
    }

    /// The kind that a code of either names, those of old releases included.
    init?(code: RecordCode) {
      switch code {
      case "IxRq", "IxRQ", "IwRQ": self = .residual
      case "IxLS", "IwLS": self = .localSearch
      case "IxPR", "IwPR": self = .productResidual
      case "IxPL", "IwPL": self = .productLocalSearch
      default: return nil
      }
    }

    var className: String {
      switch self {
      case .residual: "ResidualQuantizer"
      case .localSearch: "LocalSearchQuantizer"
      case .productResidual: "ProductResidualQuantizer"
      case .productLocalSearch: "ProductLocalSearchQuantizer"
      }
    }
  }

  /// What all kinds begin with.
  private struct Tables: Sendable {
    var dimension = 0
    var bits: [Int] = []
    var isTrained = false
    var codebooks = ArrayPlace(count: 0, range: 0..<0)
    var type = AdditiveSearchType.decoding
    var least = Float.nan
    var largest = Float.nan
    var levels: ArrayPlace?
    var partLevels: ArrayPlace?
    var method: AdditiveMethod?
  }

  let kind: Kind
  private let tables: Tables
  private let parts: [Tables]

  /// Reads a quantizer.
  ///
  /// - Parameter isLegacy: Whether the fields of a residual quantizer stand as in `IxRQ`.
  init(
    reading cursor: inout ByteCursor, kind: Kind, isLegacy: Bool = false
  ) throws(IndexError) {
    self.kind = kind
    let start = cursor.offset
    if !kind.isProduct {
      tables =
        isLegacy
        ? try Self.legacyTables(&cursor)
        : try Self.tables(&cursor, kind)
      parts = []
      try check(cursor, at: start)
      return
    }
    tables = try Self.tables(&cursor, kind)
    let count = try cursor.count("the parts of the \(kind.className)")
    guard count >= 1, count <= tables.bits.count, tables.dimension.isMultiple(of: count) else {
      throw cursor.corrupt(
        "\(tables.dimension) coordinates and \(tables.bits.count) codebooks cannot be cut into"
          + " \(count) parts", at: cursor.offset - 8)
    }
    var parts: [Tables] = []
    for _ in 0..<count { parts.append(try Self.tables(&cursor, kind.ofParts)) }
    self.parts = parts
    try check(cursor, at: start)
  }

  private static func tables(
    _ cursor: inout ByteCursor, _ kind: Kind
  ) throws(IndexError) -> Tables {
    var tables = Tables()
    try readBits(&cursor, &tables)
    tables.codebooks = try cursor.array(of: 4, "the codebooks")
    try readNorms(&cursor, &tables)
    if tables.type.rawValue >= AdditiveSearchType.clustered8.rawValue {
      tables.levels = try cursor.array(of: 4, "the table of norms")
    }
    if tables.type == .localSearch2x4 || tables.type == .residual2x4 {
      tables.partLevels = try cursor.array(of: 4, "the two tables of norms")
    }
    switch kind {
    case .residual: try readResidual(&cursor, &tables)
    case .localSearch: try readLocalSearch(&cursor, &tables)
    default: break
    }
    return tables
  }

  private static func legacyTables(_ cursor: inout ByteCursor) throws(IndexError) -> Tables {
    var tables = Tables()
    try readBits(&cursor, &tables)
    try readResidual(&cursor, &tables)
    tables.codebooks = try cursor.array(of: 4, "the codebooks")
    try readNorms(&cursor, &tables)
    return tables
  }

  private static func readBits(
    _ cursor: inout ByteCursor, _ tables: inout Tables
  ) throws(IndexError) {
    tables.dimension = try cursor.count("the dimension of the additive quantizer")
    let count = try cursor.count("the codebooks of the additive quantizer")
    let place = cursor.offset
    let length = try cursor.count("the length of the bits")
    guard length == count, length >= 1, length <= cursor.remaining / 8, length <= 1 << 16 else {
      throw cursor.corrupt(
        "\(count) codebooks have bits for each, but \(length) are given", at: place)
    }
    for _ in 0..<length {
      let width = try cursor.count("the bits of a codebook")
      guard (1...30).contains(width) else {
        throw cursor.corrupt(
          "a codebook has 1…30 bits, found \(width)", at: cursor.offset - 8)
      }
      tables.bits.append(width)
    }
    tables.isTrained = try cursor.bool("is_trained of the additive quantizer")
  }

  private static func readNorms(
    _ cursor: inout ByteCursor, _ tables: inout Tables
  ) throws(IndexError) {
    let number = try cursor.integer(Int32.self, "the search type")
    guard let type = AdditiveSearchType(rawValue: number) else {
      throw cursor.corrupt(
        "the search type of an additive quantizer is 0…9, found \(number)", at: cursor.offset - 4)
    }
    tables.type = type
    tables.least = try cursor.float("norm_min")
    tables.largest = try cursor.float("norm_max")
  }

  private static func readResidual(
    _ cursor: inout ByteCursor, _ tables: inout Tables
  ) throws(IndexError) {
    var options = ResidualOptions()
    options.trainingFlags = try cursor.integer(Int32.self, "train_type")
    let beam = try cursor.integer(Int32.self, "max_beam_size")
    guard beam >= 1 else {
      throw cursor.corrupt("a beam must be at least 1, found \(beam)", at: cursor.offset - 4)
    }
    options.beamSize = Int(beam)
    tables.method = .residual(options)
  }

  private static func readLocalSearch(
    _ cursor: inout ByteCursor, _ tables: inout Tables
  ) throws(IndexError) {
    let place = cursor.offset
    let size = try cursor.count("the entries of a codebook")
    guard tables.bits.allSatisfy({ 1 << $0 == size }) else {
      throw cursor.corrupt(
        "all codebooks have \(size) entries, but bits are \(tables.bits)", at: place)
    }
    var options = LocalSearchOptions()
    options.trainingRounds = try cursor.count("train_iters")
    options.encodingStarts = try cursor.count("encode_ils_iters")
    options.trainingStarts = try cursor.count("train_ils_iters")
    options.passes = try cursor.count("icm_iters")
    options.coolingPower = try cursor.float("p")
    options.regularization = try cursor.float("lambd")
    options.chunkSize = try cursor.count("chunk_size")
    options.seed = try cursor.integer(Int32.self, "random_seed")
    options.perturbations = try cursor.count("nperts")
    options.usesDouble = try cursor.bool("update_codebooks_with_double")
    tables.method = .localSearch(options)
  }

  /// Sizes that belong together, before anything is loaded.
  private func check(
    _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    for tables in [tables] + parts {
      // The tables of a product quantizer are those of its parts.
      let width = tables.method == nil ? tables.dimension / max(1, parts.count) : tables.dimension
      let entries = tables.bits.reduce(0) { $0 + 1 << $1 }
      let (expected, overflow) = entries.multipliedReportingOverflow(by: width)
      let count = tables.codebooks.count
      guard tables.dimension >= 1, !overflow, count == expected || count == 0 && !tables.isTrained
      else {
        throw cursor.corrupt(
          "codebooks of \(tables.bits) bits in dimension \(width) should hold"
            + " \(overflow ? "too many" : "\(expected)") floats, but there are \(count)", at: place)
      }
    }
    guard kind.isProduct else { return }
    guard parts.allSatisfy({ $0.dimension == tables.dimension / parts.count }),
      tables.bits == parts.flatMap(\.bits),
      parts.allSatisfy({ $0.isTrained == tables.isTrained })
    else {
      throw cursor.corrupt(
        "the parts of a product quantizer do not fit the whole: \(tables.bits) bits in dimension"
          + " \(tables.dimension), parts \(parts.map(\.bits)) in \(parts.map(\.dimension))",
        at: place)
    }
  }

  var dimension: Int { tables.dimension }
  var isTrained: Bool { tables.isTrained }

  /// Bits of all entries.
  var entryBits: Int { tables.bits.reduce(0, +) }

  /// Bytes of a code.
  var codeSize: Int { (tables.bits.reduce(0, +) + tables.type.normBits + 7) / 8 }

  func description(_ range: Range<Int>) -> RecordDescription {
    RecordDescription(
      "AQ",
      className: "\(kind.className), bits \(tables.bits.map(String.init).joined(separator: " "))",
      range: range)
  }

  /// The codec.
  func codec(from source: inout ByteSource) throws(IndexError) -> AdditiveQuantizer {
    let norms = try Self.norms(tables, from: &source)
    guard kind.isProduct else {
      return try AdditiveQuantizer(
        dimension: dimension, parts: [Self.part(tables, norms, from: &source)], isProduct: false,
        norms: norms, isTrained: isTrained)
    }
    var loaded: [AdditivePart] = []
    for part in parts {
      loaded.append(
        try Self.part(part, Self.norms(part, from: &source), from: &source))
    }
    // faiss keeps the tables twice.
    let whole = try source.floats(tables.codebooks)
    guard whole.isEmpty || whole == loaded.flatMap(\.codebooks) else {
      throw IndexError(
        .corruptFile, "the codebooks of a product quantizer are not those of its parts")
    }
    return try AdditiveQuantizer(
      dimension: dimension, parts: loaded, isProduct: true, norms: norms, isTrained: isTrained)
  }

  private static func norms(
    _ tables: Tables, from source: inout ByteSource
  ) throws(IndexError) -> NormQuantizer {
    var (levels, partLevels) = ([Float](), [Float]())
    if let place = tables.levels { levels = try source.floats(place) }
    if let place = tables.partLevels { partLevels = try source.floats(place) }
    return try NormQuantizer(
      tables.type, least: tables.least, largest: tables.largest, levels: levels,
      partLevels: partLevels)
  }

  private static func part(
    _ tables: Tables, _ norms: NormQuantizer, from source: inout ByteSource
  ) throws(IndexError) -> AdditivePart {
    try AdditivePart(
      dimension: tables.dimension, bits: tables.bits,
      method: tables.method ?? .residual(ResidualOptions()), norms: norms,
      codebooks: tables.isTrained ? source.floats(tables.codebooks) : [])
  }
}
