import Foundation
import GRDB
import VicinalCore

/// What the store says of itself.
package struct StoreHead: Sendable, Equatable {
  /// The number of the last change.
  package var sequence: Int64
  /// Numbers in a vector; 0 before the first.
  package var dimension: Int
  /// Vectors.
  package var count: Int
  /// Tells this store from all others, also from one that was in its folder before.
  package var identity: Int64
  /// Tells its changes from those of its copies.
  package var epochs: StoreEpochs
}

extension VectorStore {
  package func head() throws -> StoreHead { try pool.read { try Self.head($0) } }

  private static func head(_ database: Database) throws -> StoreHead {
    func value(_ name: String) throws -> Int64 {
      try Int64.fetchOne(
        database, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) ?? 0
    }
    return StoreHead(
      sequence: try value("sequence"), dimension: Int(try value("dimension")),
      count: try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM vectors") ?? 0,
      identity: try value("identity"), epochs: try StoreEpochs(database))
  }

  /// Hands over all vectors in the order of their ids, some at a time, as they are after one change.
  ///
  /// - Parameters:
  ///   - size: Vectors at a time.
  ///   - begin: Told first what there is.
  ///   - body: Receives ids, vectors and their dimension.
  /// - Throws: ``IndexError/Code/corruptFile`` for a vector of another dimension; what the closures
  ///   throw.
  @discardableResult
  package func readAll(
    batch size: Int, _ begin: (StoreHead) throws -> Void,
    body: ([Int64], [Float], Int) throws -> Void
  ) throws -> StoreHead {
    try pool.read { database in
      let head = try Self.head(database)
      try begin(head)
      let rows = try Row.fetchCursor(database, sql: "SELECT id, vector FROM vectors ORDER BY id")
      try Self.forEachBatch(of: size, rows, dimension: head.dimension) {
        try body($0, $1, head.dimension)
      }
      return head
    }
  }

  /// Hands over the vectors that were changed after a change, in the order of the changes.
  package func readChanged(
    after sequence: Int64, dimension: Int, batch size: Int, body: ([Int64], [Float]) throws -> Void
  ) throws {
    try pool.read { database in
      let rows = try Row.fetchCursor(
        database, sql: "SELECT id, vector FROM vectors WHERE sequence > ? ORDER BY sequence, id",
        arguments: [sequence])
      try Self.forEachBatch(of: size, rows, dimension: dimension, body)
    }
  }

  /// How many vectors were changed last by changes of a range.
  package func count(after first: Int64, through last: Int64) throws -> Int {
    try pool.read { database in
      try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM vectors WHERE sequence > ? AND sequence <= ?",
        arguments: [first, last]) ?? 0
    }
  }

  /// Hands over the ids of vectors that were changed last by changes of a range. Vectors are not
  /// read for it.
  package func forEachID(
    after first: Int64, through last: Int64, _ body: (Int64) throws -> Void
  ) throws {
    try pool.read { database in
      let ids = try Int64.fetchCursor(
        database, sql: "SELECT id FROM vectors WHERE sequence > ? AND sequence <= ?",
        arguments: [first, last])
      while let id = try ids.next() { try body(id) }
    }
  }

  private static func forEachBatch(
    of size: Int, _ rows: RowCursor, dimension: Int, _ body: ([Int64], [Float]) throws -> Void
  ) throws {
    var (ids, values): ([Int64], [Float]) = ([], [])
    while let row = try rows.next() {
      let vector = try floats(row["vector"], id: row["id"])
      guard vector.count == dimension else {
        throw IndexError(
          .corruptFile,
          "the store holds a vector of \(vector.count) numbers, the others have \(dimension)")
      }
      ids.append(row["id"])
      values += vector
      if ids.count == size {
        try body(ids, values)
        (ids, values) = ([], [])
      }
    }
    if !ids.isEmpty { try body(ids, values) }
  }

  /// The vectors of some ids, in their order; `nil` for one that is not there.
  package func vectors(_ ids: [Int64]) throws -> [[Float]?] {
    try pool.read { database in
      let statement = try database.makeStatement(sql: "SELECT vector FROM vectors WHERE id = ?")
      return try ids.map { id in
        try checkHurry()
        return try Data.fetchOne(statement, arguments: [id]).map { try Self.floats($0, id: id) }
      }
    }
  }

  /// The vectors of some ids, in their order; `nil` for one that is not there or that was changed
  /// after a certain change.
  package func vectors(_ ids: [Int64], through sequence: Int64) throws -> [[Float]?] {
    try pool.read { database in
      let statement = try database.makeStatement(
        sql: "SELECT vector FROM vectors WHERE id = ? AND sequence <= ?")
      return try ids.map { id in
        try checkHurry()
        return try Data.fetchOne(statement, arguments: [id, sequence]).map {
          try Self.floats($0, id: id)
        }
      }
    }
  }

  private static func floats(_ data: Data, id: Int64) throws(IndexError) -> [Float] {
    let bytes = [UInt8](data)
    guard bytes.count.isMultiple(of: 4) else {
      throw IndexError(.corruptFile, "the vector \(id) of the store has \(bytes.count) bytes")
    }
    return bytes.span.rawBytes.floats(in: 0..<bytes.count)
  }
}
