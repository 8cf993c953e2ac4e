import Foundation
import Testing

@Suite("Contract: table")
struct TableLaws {
  private static let file = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("docs/contract.md")

  private static let introduction = """
    # What every kind of index can do

    Written by `make contract-table`; a test fails when it is out of date. Every kind below passes the
    laws of `Tests/ContractTests` as far as it has the capability; “–” means that it has not, and says
    `unsupported` or lacks the protocol.

    Kinds are factory strings with search parameters where there is one.


    """

  @Test("docs/contract.md says what every kind of index can do")
  func table() throws {
    let tables = [try ContractTable.floats(), try ContractTable.bits()]
    let text = Self.introduction + tables.map(\.markdown).joined(separator: "\n")
    for table in tables { print("contract: \(table.title): \(table.summary)") }
    // What no index may lack.
    for table in tables {
      for (place, name) in table.capabilities.enumerated()
      where ["add", "search", "copy", "filter", "threads", "bad input"].contains(name) {
        for row in table.rows { #expect(row.works[place] == row.metrics, "\(row.kind): \(name)") }
      }
    }
    if ProcessInfo.processInfo.environment["VICINAL_WRITE_CONTRACT"] != nil {
      print(text)
      try text.write(to: Self.file, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: Self.file, encoding: .utf8)
    #expect(written == text, "docs/contract.md is out of date: run make contract-table")
  }
}
