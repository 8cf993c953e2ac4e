import GRDB

/// Which opening of the store each change belongs to.
///
/// Two stores that were one once, as a backup and what it was made of, have the same identity and may
/// have changes of the same numbers that are not the same. But each opening draws a random token for
/// the changes from then on, so a change with the same number and the same token is the same, and so
/// is all that was before it.
package struct StoreEpochs: Sendable, Equatable {
  /// The first change of each opening and its token, ascending.
  private let epochs: [(first: Int64, token: Int64)]

  package static func == (left: Self, right: Self) -> Bool {
    left.epochs.elementsEqual(right.epochs) { $0 == $1 }
  }

  /// The token of a change; `nil` if there is none.
  func token(of sequence: Int64) -> Int64? { epochs.last { $0.first <= sequence }?.token }

  init(_ database: Database) throws {
    epochs = try Row.fetchAll(database, sql: "SELECT first, token FROM epochs ORDER BY first")
      .map { ($0["first"], $0["token"]) }
  }

  /// Draws the token of an opening. The changes of a store that has none yet get one too.
  static func begin(in database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS epochs(first INTEGER PRIMARY KEY, token INTEGER NOT NULL);
        INSERT OR REPLACE INTO epochs
          SELECT CASE WHEN EXISTS (SELECT * FROM epochs) THEN value + 1 ELSE 0 END, random()
          FROM meta WHERE name = 'sequence';
        """)
  }
}
