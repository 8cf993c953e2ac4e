import Foundation
import GRDB
import VicinalCore
package import VicinalMessages

/// What a change did.
package struct ChangeOutcome: Sendable, Equatable {
  /// The number of the change; each has one more than the one before it.
  package var sequence: Int64
  package var added = 0
  package var updated = 0
  package var deleted = 0
  /// Ids to delete that were not there.
  package var missing = 0
}

/// A request that was answered, so that it is not applied again when it is sent again.
package struct AnsweredRequest: Sendable {
  /// The client's `request_id`, or the digest where it gave none.
  package var name: [UInt8]
  package var digest: RequestDigest
  /// Seconds since 1970.
  package var at: Double
  /// When its answer was ready, by a clock that nobody sets; `nil` if that was in an earlier life.
  package var answered: ContinuousClock.Instant?
  package var outcome: ChangeOutcome
  /// The ids that it changed; `nil` if they are too many to be kept: then it counts as all.
  package var touchedIDs: [Int64]?

  /// As many ids as are kept.
  package static let keptIDs = 4096
}

/// A change that was found to be right, with its number.
package struct AcceptedChange: Sendable {
  package var change: ChangeRequest
  package var answered: AnsweredRequest
  /// The dimension of the vectors after it.
  package var dimension: Int

  package var sequence: Int64 { answered.outcome.sequence }

  /// Whether it takes vectors out and brings none.
  var onlyDeletes: Bool {
    !change.isCreation && change.added.ids.isEmpty && change.updated.ids.isEmpty
  }

  /// - Parameter check: Called before each vector; what it throws ends the writing.
  func write(to database: Database, _ check: () throws -> Void) throws {
    if change.isCreation { try database.execute(sql: "DELETE FROM vectors") }
    if !change.deleted.isEmpty {
      let delete = try database.cachedStatement(sql: "DELETE FROM vectors WHERE id = ?")
      for id in change.deleted {
        try check()
        try delete.execute(arguments: [id])
      }
    }
    try write(
      change.updated, "UPDATE vectors SET sequence = ?2, vector = ?3 WHERE id = ?1", to: database,
      check)
    try write(
      change.added, "INSERT INTO vectors(id, sequence, vector) VALUES (?1, ?2, ?3)", to: database,
      check)
    let ids = answered.touchedIDs.map { ids in
      var bytes: [UInt8] = []
      bytes.append(copying: ids.span.rawBytes)
      return Data(bytes)
    }
    let outcome = answered.outcome
    try database.execute(
      sql: "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        Data(answered.name), Data(answered.digest.bytes), outcome.sequence, answered.at,
        outcome.added, outcome.updated, outcome.deleted, outcome.missing, ids,
      ])
  }

  private func write(
    _ items: VectorItems, _ sql: String, to database: Database, _ check: () throws -> Void
  ) throws {
    guard !items.ids.isEmpty else { return }
    let statement = try database.cachedStatement(sql: sql)
    for (place, id) in items.ids.enumerated() {
      try check()
      let row = place * items.dimension * 4..<(place + 1) * items.dimension * 4
      var bytes: [UInt8] = []
      bytes.append(copying: items.vectors.span.rawBytes.extracting(row))
      try statement.execute(arguments: [id, sequence, Data(bytes)])
      guard database.changesCount == 1 else {
        throw ServiceError(.internal, "the store and the index differ about the id \(id)")
      }
    }
  }
}
