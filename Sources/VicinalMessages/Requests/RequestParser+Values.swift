extension RequestParser {
  /// The ids of a field: numbers, or records with `id`.
  func ids(of name: String) throws(ServiceError) -> [Int64] {
    guard let value = fields[name] else {
      throw ServiceError(.invalidRequest, "\(name) must be a list of ids, it is missing")
    }
    return try ids(value, name)
  }

  func ids(_ value: MessageValue, _ place: String) throws(ServiceError) -> [Int64] {
    switch value {
    case .array(let array)
    where array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1:
      guard array.elements.count <= limits.vectors else { throw tooMany }
      // An empty array has a type by chance.
      if array.elements.count == 0 { return [] }
      guard case .integers(let ids) = array.elements else { break }
      for id in ids { try require(id, place) }
      return ids
    case .list(let values):
      guard values.count <= limits.vectors else { throw tooMany }
      var ids: [Int64] = []
      ids.reserveCapacity(values.count)
      for (index, value) in values.enumerated() {
        if case .record(let item) = value, let id = item["id"] {
          ids.append(try self.id(id, "\(place)[\(index)]"))
        } else {
          ids.append(try self.id(value, "\(place)[\(index)]"))
        }
      }
      return ids
    default: break
    }
    throw ServiceError(
      .invalidRequest,
      "\(place) must be a list of ids, or of {\"id\": …}")
  }

  /// One id: a whole number, bare or in an array of one.
  func id(_ value: MessageValue, _ place: String) throws(ServiceError) -> Int64 {
    switch value {
    case .integer(let id):
      try require(id, place)
      return id
    case .array(let array):
      guard case .integers(let ids) = array.elements, ids.count == 1 else { break }
      try require(ids[0], place)
      return ids[0]
    default: break
    }
    throw ServiceError(.invalidRequest, "\(place): an id is a whole number, not \(value.shown)")
  }

  private func require(_ id: Int64, _ place: String) throws(ServiceError) {
    guard id != -1 else {
      throw ServiceError(
        .invalidRequest, "\(place): the id -1 says in replies that there is no neighbour")
    }
  }

  /// Vectors row by row: a matrix, a list of vectors, or one vector.
  func rows(
    _ value: MessageValue, _ place: String
  ) throws(ServiceError) -> (values: [Float], dimension: Int) {
    var values: [Float] = []
    var dimension = 0
    switch value {
    case .array(let array) where array.shape.count == 2:
      guard array.shape[0] <= limits.vectors else {
        throw ServiceError(.limitExceeded, "a request has at most \(limits.vectors) vectors")
      }
      dimension = try self.dimension(array.shape[1], place)
      values = array.asFloats
      try requireFinite(values[...], dimension, place)
    case .list(let vectors) where !(vectors.first?.isNumber ?? false):
      guard vectors.count <= limits.vectors else {
        throw ServiceError(.limitExceeded, "a request has at most \(limits.vectors) vectors")
      }
      for (index, vector) in vectors.enumerated() {
        try append(vector, to: &values, &dimension, "\(place)[\(index)]")
      }
    default: try append(value, to: &values, &dimension, place)
    }
    return (values, dimension)
  }

  /// Appends one vector of shape (d,) or (1, d), of the dimension of those before it.
  func append(
    _ value: MessageValue, to values: inout [Float], _ dimension: inout Int, _ place: String
  ) throws(ServiceError) {
    let array: NumberArray
    if case .array(let whole) = value {
      array = whole
    } else {
      guard case .list = value else {
        throw ServiceError(
          .invalidRequest, "\(place): a vector is an array of numbers, not \(value.shown)")
      }
      array = try NumberArray.flattened(value)
    }
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[0] == 1 else {
      throw ServiceError(
        .invalidRequest, "\(place): a vector has the shape (d,) or (1, d), not \(array.shape)")
    }
    let length = try self.dimension(array.elements.count, place)
    guard dimension == 0 || dimension == length else {
      throw ServiceError(
        .dimensionMismatch, "expected \(dimension), got \(length) (\(place))")
    }
    dimension = length
    let first = values.count
    switch array.elements {
    case .floats(let floats): values += floats
    case .doubles(let doubles): for value in doubles { values.append(Float(value)) }
    case .integers(let integers): for value in integers { values.append(Float(value)) }
    }
    try requireFinite(values[first...], length, place)
  }

  private func dimension(_ length: Int, _ place: String) throws(ServiceError) -> Int {
    guard length >= 1 else {
      throw ServiceError(.invalidRequest, "\(place): a vector has at least one number")
    }
    guard length <= limits.dimension else {
      throw ServiceError(
        .limitExceeded, "\(place): a vector has at most \(limits.dimension) numbers, not \(length)")
    }
    return length
  }

  private func requireFinite(
    _ values: ArraySlice<Float>, _ dimension: Int, _ place: String
  ) throws(ServiceError) {
    guard let bad = values.firstIndex(where: { !$0.isFinite }) else { return }
    let row = (bad - values.startIndex) / dimension
    let column = (bad - values.startIndex) % dimension
    let at = values.count > dimension ? "\(place)[\(row)]" : place
    throw ServiceError(
      .notFinite, "\(at) holds \(values[bad]) at \(column), beyond what a float32 holds")
  }
}

extension MessageValue {
  /// Whether a field says nothing.
  var isEmpty: Bool {
    switch self {
    case .null: true
    case .list(let values): values.isEmpty
    case .array(let array): array.elements.count == 0
    case .record(let fields): fields.isEmpty
    default: false
    }
  }

  var isNumber: Bool {
    switch self {
    case .integer, .number: true
    default: false
    }
  }

  /// The value in an error message: short ones as they are.
  var shown: String {
    switch self {
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .text(let text): "\"\(text.prefix(40))\""
    case .truth(let truth): "\(truth)"
    default: kind
    }
  }
}
