public import VicinalCore

/// What a record of an index file is, with the records inside it: what `vicinal describe` shows.
public struct RecordDescription: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The four characters that the record begins with.
  public var code: String

  /// faiss's name of what the record holds.
  public var className: String

  /// What the record is for the one around it, for example "coarse quantizer".
  public var role: String?

  /// Where the record begins in the file.
  public var offset: Int

  /// Bytes of the record, those inside it included.
  public var byteCount: Int

  /// Whether ``IndexFile/read(_:options:)`` reads it.
  public var isReadable = true

  /// Floats per vector. faiss: `d`.
  public var dimension: Int?

  /// Vectors. faiss: `ntotal`.
  public var count: Int?

  /// How vectors are compared. faiss: `metric_type`.
  public var metric: Metric?

  /// faiss: `is_trained`.
  public var isTrained: Bool?

  /// Inverted lists. faiss: `nlist`.
  public var listCount: Int?

  /// Inverted lists that hold something.
  public var filledListCount: Int?

  /// faiss: `nprobe`.
  public var probes: Int?

  /// How a direct map is kept.
  public var directMap: String?

  /// Links per node of a graph on levels above 0. faiss: `M`.
  public var links: Int?

  /// Levels of a graph.
  public var levelCount: Int?

  /// faiss: `efConstruction`.
  public var efConstruction: Int?

  /// faiss: `efSearch`.
  public var efSearch: Int?

  /// What else there is to say.
  public var note: String?

  /// The records inside, in file order.
  public var children: [RecordDescription] = []

  init(_ code: RecordCode, className: String, range: Range<Int>) {
    self.code = code.description
    self.className = className
    offset = range.lowerBound
    byteCount = range.count
  }

  init(_ code: RecordCode, className: String, range: Range<Int>, header: IndexHeader) {
    self.init(code, className: className, range: range)
    dimension = header.dimension
    count = header.count
    metric = header.metric
    isTrained = header.isTrained
  }

  /// The same record in a role.
  func inRole(_ role: String) -> RecordDescription {
    var copy = self
    copy.role = role
    return copy
  }

  /// The tree as text, one record per line, records inside indented.
  public var text: String { lines(indentation: "").joined(separator: "\n") }

  /// The same as ``text``.
  public var description: String { text }

  private func lines(indentation: String) -> [String] {
    var facts = [className]
    if let role { facts.append(role) }
    if !isReadable { facts.append("not readable") }
    if let dimension { facts.append("dimension \(dimension)") }
    if let count { facts.append("\(count) vectors") }
    if let metric { facts.append("metric \(metric)") }
    if isTrained == false { facts.append("not trained") }
    if let listCount { facts.append("\(listCount) lists") }
    if let filledListCount { facts.append("\(filledListCount) of them filled") }
    if let probes { facts.append("nprobe \(probes)") }
    if let directMap { facts.append("direct map \(directMap)") }
    if let links { facts.append("M \(links)") }
    if let levelCount { facts.append("\(levelCount) levels") }
    if let efConstruction { facts.append("efConstruction \(efConstruction)") }
    if let efSearch { facts.append("efSearch \(efSearch)") }
    if let note { facts.append(note) }
    facts.append("bytes \(offset) to \(offset + byteCount)")
    return ["\(indentation)\(code)  " + facts.joined(separator: ", ")]
      + children.flatMap { $0.lines(indentation: indentation + "  ") }
  }
}
