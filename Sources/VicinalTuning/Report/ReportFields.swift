/// A key of a report: any text.
struct FieldKey: CodingKey, ExpressibleByStringInterpolation {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringLiteral value: String) { stringValue = value }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }

  static func recall(_ k: Int) -> FieldKey { "recall@\(k)" }
  static func recallInFaiss(_ k: Int) -> FieldKey { "recall@\(k) in faiss" }
  static func recallInterval(_ k: Int) -> FieldKey { "recall@\(k) interval" }
}

/// Writes named fields of a report into one flat object, leaving out what is not known.
struct FieldWriter {
  private var values: KeyedEncodingContainer<FieldKey>

  init(_ encoder: any Encoder) { values = encoder.container(keyedBy: FieldKey.self) }

  mutating func write(_ name: FieldKey, _ value: (some Encodable)?) throws {
    try values.encodeIfPresent(value, forKey: name)
  }

  mutating func write(_ recalls: [RecallFigure]) throws {
    for figure in recalls {
      try values.encode(figure.share, forKey: .recall(figure.k))
      try values.encode([figure.low, figure.high], forKey: .recallInterval(figure.k))
      try values.encodeIfPresent(figure.shareInFaiss, forKey: .recallInFaiss(figure.k))
    }
  }
}

/// Reads named fields of a report, keeping the default of what is missing.
struct FieldReader {
  private let values: KeyedDecodingContainer<FieldKey>

  init(_ decoder: any Decoder) throws { values = try decoder.container(keyedBy: FieldKey.self) }

  func read<Value: Decodable>(_ name: FieldKey, _ value: inout Value) throws {
    if let found = try values.decodeIfPresent(Value.self, forKey: name) { value = found }
  }

  func read<Value: Decodable>(_ name: FieldKey, _ value: inout Value?) throws {
    if let found = try values.decodeIfPresent(Value.self, forKey: name) { value = found }
  }

  func recalls() throws -> [RecallFigure] {
    try MeasuredPoint.reportedPlaces.compactMap { k in
      guard
        let share = try values.decodeIfPresent(Double.self, forKey: .recall(k)),
        let interval = try values.decodeIfPresent([Double].self, forKey: .recallInterval(k)),
        interval.count == 2
      else { return nil }
      var figure = RecallFigure(k: k, share: share, low: interval[0], high: interval[1])
      figure.shareInFaiss = try values.decodeIfPresent(Double.self, forKey: .recallInFaiss(k))
      return figure
    }
  }
}
