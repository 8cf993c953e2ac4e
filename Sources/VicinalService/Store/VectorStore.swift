import Foundation
import GRDB
import Synchronization
package import VicinalCore
import VicinalMessages

/// When an answered change is on stable storage.
package enum Durability: String, Sendable, CaseIterable {
  /// Before the answer: it survives the end of the process and of the machine.
  case sync
  /// At most about a second later: the end of the machine may take the changes of that second, the
  /// end of the process takes none.
  case interval
  /// Whenever the system writes: the end of the machine may take more, or damage the store.
  case none
}

/// The ids and vectors of the service in SQLite, with the sequence number of the last change.
///
/// The write-ahead log is synchronised at each commit (`synchronous=FULL`), so what was committed
/// survives; a change is one part of one transaction, so there is no half of one.
package final class VectorStore: Sendable {
  let pool: DatabasePool
  /// Held from opening to closing.
  private let lock: Mutex<FileLock?>
  private let durability: Durability
  private let isHurried = Atomic<Bool>(false)

  /// Opens the store of a folder, or makes it.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if another process owns the folder or it cannot be
  ///   used, ``IndexError/Code/corruptFile`` if the store is damaged.
  package init(folder: String, durability: Durability) throws(IndexError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw IndexError(.fileSystem, "cannot make the folder \(folder): \(error)")
    }
    guard let lock = try FileLock(folder + "/lock") else {
      throw IndexError(.fileSystem, "\(folder) is in use by another process that serves it")
    }
    self.lock = Mutex(lock)
    self.durability = durability
    let path = folder + "/vectors.sqlite"
    do {
      var configuration = Configuration()
      configuration.label = "vicinal"
      // Searches read vectors of a main index of codes; those that wait for a reader wait for others.
      configuration.maximumReaderCount = 16
      pool = try DatabasePool(path: path, configuration: configuration)
      try Self.prepare(pool, durability)
    } catch {
      throw IndexError(.corruptFile, "\(path) cannot be used as a store: \(error)")
    }
  }

  private static func prepare(_ pool: DatabasePool, _ durability: Durability) throws {
    let (name, level) =
      switch durability {
      case .sync: ("FULL", 2)
      case .interval: ("NORMAL", 1)
      case .none: ("OFF", 0)
      }
    try pool.writeWithoutTransaction { database in
      // The pool itself sets NORMAL when it switches the write-ahead log on.
      try database.execute(sql: "PRAGMA synchronous = \(name)")
      let found = try Int.fetchOne(database, sql: "PRAGMA synchronous")
      let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
      guard found == level, journal == "wal" else {
        throw IndexError(
          .fileSystem, "SQLite runs with synchronous \(found ?? -1), journal \(journal ?? "none")")
      }
      try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }
    try pool.write { database in
      try database.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
          CREATE TABLE IF NOT EXISTS vectors(
            id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, vector BLOB NOT NULL);
          CREATE TABLE IF NOT EXISTS requests(
            name BLOB PRIMARY KEY, digest BLOB NOT NULL, sequence INTEGER NOT NULL,
            at REAL NOT NULL, added INTEGER NOT NULL, updated INTEGER NOT NULL,
            deleted INTEGER NOT NULL, missing INTEGER NOT NULL, ids BLOB) WITHOUT ROWID;
          CREATE INDEX IF NOT EXISTS vectors_by_sequence ON vectors(sequence);
          INSERT OR IGNORE INTO meta VALUES ('format', 1), ('sequence', 0), ('dimension', 0);
          INSERT OR IGNORE INTO meta VALUES ('identity', random());
          """)
      let format = try Int.fetchOne(database, sql: "SELECT value FROM meta WHERE name = 'format'")
      guard format == 1 else {
        throw IndexError(.unsupported, "the store has format \(format ?? 0), only 1 is known")
      }
      try StoreEpochs.begin(in: database)
    }
  }

  /// Stores changes that were found to be right, all of them or none.
  ///
  /// When this returns they are on stable storage, under ``Durability/sync``.
  package func commit(_ changes: [AcceptedChange], forgetRequestsBefore oldest: Double?) throws {
    try pool.write { database in
      for accepted in changes {
        try accepted.write(to: database) { try checkHurry() }
      }
      try checkHurry()
      if let oldest {
        try database.execute(sql: "DELETE FROM requests WHERE at < ?", arguments: [oldest])
      }
      guard let last = changes.last else { return }
      try database.execute(
        sql: "UPDATE meta SET value = ? WHERE name = 'sequence'", arguments: [last.sequence])
      try database.execute(
        sql: "UPDATE meta SET value = ? WHERE name = 'dimension'", arguments: [last.dimension])
    }
  }

  /// Ends what is being read and what is being stored, as far as it is not at its end: from now on
  /// both fail, and nothing of a change that fails is stored.
  func hurry() {
    isHurried.store(true, ordering: .releasing)
    pool.interrupt()
  }

  /// Whether ``hurry()`` was called.
  var isInHurry: Bool { isHurried.load(ordering: .acquiring) }

  /// - Throws: `shuttingDown` after ``hurry()``.
  func checkHurry() throws(ServiceError) {
    if isInHurry {
      throw ServiceError(.shuttingDown, "the service is ending; nothing of this was done")
    }
  }

  /// Whether an error says that the disk is full.
  static func isOutOfRoom(_ error: any Error) -> Bool {
    (error as? DatabaseError)?.resultCode == .SQLITE_FULL
  }

  /// Moves what the write-ahead log holds into the store, and with ``Durability/interval`` makes it
  /// stable.
  package func checkpoint() throws {
    _ = try pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
  }

  /// Requests that were answered not long ago, oldest first.
  package func answeredRequests() throws -> [AnsweredRequest] {
    try pool.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM requests ORDER BY sequence").map { row in
        let ids: Data? = row["ids"]
        return AnsweredRequest(
          name: [UInt8](row["name"] as Data),
          digest: RequestDigest(bytes: [UInt8](row["digest"] as Data)), at: row["at"],
          outcome: ChangeOutcome(
            sequence: row["sequence"], added: row["added"], updated: row["updated"],
            deleted: row["deleted"], missing: row["missing"]),
          touchedIDs: ids.map { data in
            let bytes = [UInt8](data)
            return bytes.span.rawBytes.numbers(in: 0..<bytes.count, as: Int64.self)
          })
      }
    }
  }

  /// Moves everything into one file, closes it, and gives the folder up.
  package func close() throws {
    defer {
      try? pool.close()
      lock.withLock { $0 = nil }
    }
    _ = try pool.writeWithoutTransaction { database in
      // After an interruption SQLite gives up checkpoints until another statement has begun.
      _ = try Int.fetchOne(database, sql: "SELECT 1")
      return try database.checkpoint(.truncate)
    }
  }
}
