/// Finds out what the record of a message asks for, and refuses what is not plain.
package struct RequestParser {
  let fields: [String: MessageValue]
  let limits: RequestLimits

  package init(_ value: MessageValue, limits: RequestLimits) throws(ServiceError) {
    guard case .record(let fields) = value else {
      throw ServiceError(.invalidRequest, "a request is a record, not \(value.kind)")
    }
    self.fields = fields
    self.limits = limits
  }

  /// The name that the client gave to this request, so that it is not applied twice.
  package func requestID() throws(ServiceError) -> String? {
    switch fields["request_id"] {
    case nil, .null: return nil
    case .text(let id) where !id.isEmpty && id.utf8.count <= limits.requestIDBytes: return id
    default:
      throw ServiceError(
        .invalidRequest, "request_id is a text of 1 to \(limits.requestIDBytes) bytes")
    }
  }

  /// What is asked for.
  package func request() throws(ServiceError) -> ServiceRequest {
    let names = try requestNames()
    guard names.count == 1 || names.isSubset(of: ["add", "update", "delete"]) else {
      throw ServiceError(
        .invalidRequest,
        "only add, update and delete come together, not \(names.sorted().joined(separator: ", "))")
    }
    for name in ["create", "add", "update", "delete", "search"]
    where !names.contains(name) && fields[name].map(\.isEmpty) == false {
      throw ServiceError(
        .invalidRequest, "there is \(name), but requests does not name it")
    }
    if names.contains("search") { return .search(try search()) }
    if names.contains("status") { return .status }
    if names.contains("snapshot") { return .snapshot }
    if names.contains("optimize") { return .optimize(try optimization()) }
    if names.contains("get") { return .get(try ids(of: "get")) }
    return .change(try change(names))
  }

  private func requestNames() throws(ServiceError) -> Set<String> {
    let known = [
      "create", "add", "update", "delete", "search", "status", "get", "snapshot", "optimize",
    ]
    var names: Set<String> = []
    let given: [MessageValue] =
      switch fields["requests"] {
      case .list(let values): values
      case .text(let name): [.text(name)]
      default: []
      }
    for value in given {
      guard case .text(let name) = value, known.contains(name) else {
        throw ServiceError(
          .unknownRequest, "requests are \(known.joined(separator: ", ")), not \(value.shown)")
      }
      guard names.insert(name).inserted else {
        throw ServiceError(.invalidRequest, "requests names \(name) twice")
      }
    }
    guard !names.isEmpty else {
      throw ServiceError(
        .unknownRequest, "requests must list one or more of \(known.joined(separator: ", "))")
    }
    return names
  }

  // MARK: Changes

  private func change(_ names: Set<String>) throws(ServiceError) -> ChangeRequest {
    var change = ChangeRequest()
    change.isCreation = names.contains("create")
    if change.isCreation {
      change.added = try items(of: "create")
      guard !change.added.ids.isEmpty else {
        throw ServiceError(
          .invalidRequest, "create needs at least one vector, which says the dimension")
      }
    }
    if names.contains("add") { change.added = try items(of: "add") }
    if names.contains("update") { change.updated = try items(of: "update") }
    if names.contains("delete") { change.deleted = try ids(of: "delete") }
    guard
      change.added.ids.count + change.updated.ids.count + change.deleted.count <= limits.vectors
    else { throw tooMany }
    try requireOneUse(change)
    return change
  }

  var tooMany: ServiceError {
    ServiceError(.limitExceeded, "a request has at most \(limits.vectors) vectors or ids")
  }

  /// No id is added twice or updated twice, and none is both updated and deleted.
  private func requireOneUse(_ change: ChangeRequest) throws(ServiceError) {
    var seen = Set<Int64>(minimumCapacity: change.added.ids.count)
    let added = change.isCreation ? "create" : "add"
    for id in change.added.ids where !seen.insert(id).inserted {
      throw ServiceError(.duplicateID, "the id \(id) comes twice in \(added)")
    }
    for id in change.updated.ids where !seen.insert(id).inserted {
      throw ServiceError(.duplicateID, "the id \(id) comes twice in the request (update)")
    }
    let updated = Set(change.updated.ids)
    for id in change.deleted where updated.contains(id) {
      throw ServiceError(.duplicateID, "the id \(id) is both in update and in delete")
    }
  }

  /// Vectors with ids: a list of `{"vector": …, "id": …}`, or `{"ids": …, "vectors": …}`.
  private func items(of name: String) throws(ServiceError) -> VectorItems {
    switch fields[name] {
    case .list(let values):
      guard values.count <= limits.vectors else { throw tooMany }
      var items = VectorItems()
      items.ids.reserveCapacity(values.count)
      for (place, value) in values.enumerated() {
        guard case .record(let item) = value, let vector = item["vector"], let id = item["id"]
        else {
          throw ServiceError(
            .invalidRequest, "\(name)[\(place)] must be {\"vector\": …, \"id\": …}")
        }
        items.ids.append(try self.id(id, "\(name)[\(place)]"))
        try append(vector, to: &items.vectors, &items.dimension, "\(name)[\(place)]")
      }
      return items
    case .record(let columns):
      guard let ids = columns["ids"], let vectors = columns["vectors"] else {
        throw ServiceError(.invalidRequest, "\(name) as a record needs ids and vectors")
      }
      var items = VectorItems()
      items.ids = try self.ids(ids, name)
      (items.vectors, items.dimension) = try rows(vectors, "\(name).vectors")
      guard items.vectors.count == items.ids.count * items.dimension else {
        throw ServiceError(
          .invalidRequest,
          "\(name) has \(items.ids.count) ids and \(items.vectors.count / max(1, items.dimension))"
            + " vectors")
      }
      return items
    default: throw missing(name, "a list of {\"vector\": …, \"id\": …}")
    }
  }

  private func missing(_ name: String, _ wanted: String) -> ServiceError {
    ServiceError(
      .invalidRequest, "\(name) must be \(wanted), not \(fields[name]?.kind ?? "missing")")
  }

  // MARK: Searches

  private func search() throws(ServiceError) -> SearchRequest {
    guard let value = fields["search"] else { throw missing("search", "a list of vectors") }
    let (queries, dimension) = try rows(value, "search")
    guard !queries.isEmpty else {
      throw ServiceError(.invalidRequest, "search needs at least one vector")
    }
    var search = SearchRequest(queries: queries, dimension: dimension)
    switch fields["k"] {
    case nil, .null: break
    case .integer(let k) where k >= 1 && k <= Int64(limits.k): search.k = Int(k)
    case .integer(let k) where k >= 1:
      throw ServiceError(.limitExceeded, "k is at most \(limits.k), not \(k)")
    case .some(let value):
      throw ServiceError(.invalidRequest, "k is a whole number of 1 or more, not \(value.shown)")
    }
    try takeFilter(&search)
    search.parameters = try parameters()
    return search
  }

  /// `"parameters"`: `{"nprobe": 16}` or `"nprobe=16,efSearch=64"`.
  private func parameters() throws(ServiceError) -> [String: Double] {
    var found: [String: Double] = [:]
    switch fields["parameters"] {
    case nil, .null: break
    case .record(let values):
      for (name, value) in values {
        switch value {
        case .integer(let number): found[name] = Double(number)
        case .number(let number): found[name] = number
        default:
          throw ServiceError(
            .invalidRequest, "parameters: \(name) must be a number, not \(value.shown)")
        }
      }
    case .text(let text):
      for part in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
        let sides = part.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, let value = Double(sides[1]), found[String(sides[0])] == nil else {
          throw ServiceError(
            .invalidRequest,
            "parameters: write nprobe=16, each name once, not \"\(part.prefix(40))\"")
        }
        found[String(sides[0])] = value
      }
    case .some(let value):
      throw ServiceError(
        .invalidRequest, "parameters must be {\"nprobe\": 16} or \"nprobe=16\", not \(value.shown)")
    }
    return found
  }

  // MARK: Optimising

  /// `"optimize"`, which may be missing: `{"index": …, "target_recall": …}`.
  private func optimization() throws(ServiceError) -> OptimizeRequest {
    var request = OptimizeRequest()
    let wishes: [String: MessageValue]
    switch fields["optimize"] {
    case nil, .null: wishes = [:]
    case .record(let record): wishes = record
    case .some(let value):
      throw ServiceError(
        .invalidRequest,
        "optimize must be {\"index\": …, \"target_recall\": …}, not \(value.shown)")
    }
    for (name, value) in wishes {
      switch (name, value) {
      case (_, .null): continue
      case ("index", .text(let text)): request.index = text
      case ("target_recall", .number(let recall)) where recall > 0 && recall <= 1:
        request.targetRecall = recall
      case ("target_recall", .integer(1)): request.targetRecall = 1
      default:
        throw ServiceError(
          .invalidRequest,
          "optimize has index, a text, and target_recall, above 0 and at most 1; not \(name)"
            + " \(value.shown)")
      }
    }
    return request
  }

  /// `"filter"`: a list of ids, or `{"range": [first, end]}`, of which either may be null for no bound.
  private func takeFilter(_ search: inout SearchRequest) throws(ServiceError) {
    switch fields["filter"] {
    case nil, .null: return
    case .record(let filter):
      guard filter.count == 1, let range = filter["range"] else { break }
      guard let ends = bounds(range) else { break }
      if ends.first == nil, ends.end == nil { return }
      let first = ends.first ?? .min
      guard let end = ends.end else {
        search.allowedRange = first...Int64.max
        return
      }
      guard first <= end else { break }
      if first == end { search.allowedIDs = [] } else { search.allowedRange = first...(end - 1) }
      return
    case .some(let value):
      search.allowedIDs = try ids(value, "filter")
      return
    }
    throw ServiceError(
      .invalidRequest,
      "filter is a list of ids, or {\"range\": [first, end]} without the end; null is no bound")
  }

  /// The two ends of a range; `nil` unless they are whole numbers or null.
  private func bounds(_ value: MessageValue) -> (first: Int64?, end: Int64?)? {
    switch value {
    case .array(let array) where array.shape == [2]:
      guard case .integers(let ends) = array.elements else { return nil }
      return (ends[0], ends[1])
    case .list(let values) where values.count == 2:
      var ends: [Int64?] = []
      for value in values {
        switch value {
        case .null: ends.append(nil)
        case .integer(let end): ends.append(end)
        default: return nil
        }
      }
      return (ends[0], ends[1])
    default: return nil
    }
  }
}
