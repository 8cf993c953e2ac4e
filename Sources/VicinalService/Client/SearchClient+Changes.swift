import Foundation
import VicinalCore
import VicinalMessages

/// What a change did.
public struct ChangeCounts: Sendable, Equatable {
  /// Vectors that are new.
  public var added: Int
  /// Vectors that have new values.
  public var updated: Int
  /// Vectors that are gone.
  public var deleted: Int
  /// Ids to delete that were not there.
  public var missing: Int
  /// The number of the change.
  public var sequence: Int
}

/// Vectors with their ids, to be sent.
public struct SentRows: Sendable, Equatable {
  /// One for each vector; −1 is none.
  public var ids: [Int64]
  /// Row after row.
  public var vectors: [Float]
  /// Floats in each row.
  public var dimension: Int

  /// Puts ids and vectors together; whether they fit is told when they are sent.
  public init(ids: [Int64], vectors: [Float], dimension: Int) {
    self.ids = ids
    self.vectors = vectors
    self.dimension = dimension
  }

  fileprivate func value() throws -> MessageValue {
    guard dimension > 0, vectors.count == ids.count.multipliedReportingOverflow(by: dimension).0
    else {
      throw IndexError(
        .dimensionMismatch,
        "\(vectors.count) floats are not \(ids.count) rows, as many as ids, of \(dimension)")
    }
    return .record([
      "ids": .array(NumberArray(.integers(ids))),
      "vectors": .array(try NumberArray(shape: [ids.count, dimension], .floats(vectors))),
    ])
  }
}

extension SearchClient {
  /// Forgets all vectors and stores others.
  ///
  /// - Throws: As ``change(add:update:delete:)``.
  public func create(ids: [Int64], vectors: [Float], dimension: Int) throws -> ChangeCounts {
    let rows = SentRows(ids: ids, vectors: vectors, dimension: dimension)
    return try send(["create": try rows.value()])
  }

  /// Stores vectors under ids that are not there.
  ///
  /// - Throws: As ``change(add:update:delete:)``.
  public func add(ids: [Int64], vectors: [Float], dimension: Int) throws -> ChangeCounts {
    try change(add: SentRows(ids: ids, vectors: vectors, dimension: dimension))
  }

  /// Gives vectors that are there new values.
  ///
  /// - Throws: As ``change(add:update:delete:)``.
  public func update(ids: [Int64], vectors: [Float], dimension: Int) throws -> ChangeCounts {
    try change(update: SentRows(ids: ids, vectors: vectors, dimension: dimension))
  }

  /// Takes vectors out.
  ///
  /// - Throws: As ``change(add:update:delete:)``.
  public func delete(ids: [Int64]) throws -> ChangeCounts { try change(delete: ids) }

  /// Several changes at once, all or none: deletions, then updates, then additions, so that one request
  /// may replace an id.
  ///
  /// - Parameters:
  ///   - add: Vectors under ids that are not there, or are among those to delete.
  ///   - update: New values of vectors that are there.
  ///   - delete: Ids of vectors that go; those that are not there are counted.
  /// - Throws: ``SearchServiceError`` if the service refuses it, which has changed nothing then;
  ///   ``IndexError/Code/dimensionMismatch`` for floats that do not fit the ids;
  ///   ``IndexError/Code/invalidArgument`` if there is nothing to change;
  ///   ``IndexError/Code/fileSystem`` if there is no answer.
  public func change(
    add: SentRows? = nil, update: SentRows? = nil, delete: [Int64]? = nil
  ) throws -> ChangeCounts {
    var parts: [String: MessageValue] = [:]
    if let add { parts["add"] = try add.value() }
    if let update { parts["update"] = try update.value() }
    if let delete { parts["delete"] = .array(NumberArray(.integers(delete))) }
    guard !parts.isEmpty else {
      throw IndexError(.invalidArgument, "a change adds, updates or deletes something")
    }
    return try send(parts)
  }

  private func send(_ parts: [String: MessageValue]) throws -> ChangeCounts {
    var request = parts
    request["requests"] = .list(parts.keys.sorted().map { .text($0) })
    // Applied once, however often it is sent.
    request["request_id"] = .text(UUID().uuidString)
    guard case .record(let fields) = try ask(request) else { throw Self.strange }
    func number(_ name: String) -> Int {
      if case .integer(let number) = fields[name] { Int(number) } else { 0 }
    }
    return ChangeCounts(
      added: number("added"), updated: number("updated"), deleted: number("deleted"),
      missing: number("missing"), sequence: number("sequence"))
  }
}
