import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalFiles
import VicinalTestSupport

/// Columns of parquet files are tested from Python, which can write them; here is the rest.
@Suite("Files that say which vector is which", .enabled(if: ArrowLibrary.isAvailable))
struct IDMappingTests {
  private func source(_ folder: ScratchFolder, rows: Int) throws -> EmbeddingFiles {
    try folder.write(npy([Float](repeating: 1, count: rows), columns: 1), to: "in/a.npy")
    return try EmbeddingFiles([folder.path("in")])
  }

  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("ids")).sorted()
  }

  @Test("vectors without columns get their numbers, in parts of 2²⁰, the same at each writing")
  func numbers() throws {
    let folder = try ScratchFolder()
    let rows = (1 << 20) + 70_000
    let mapping = try IDMapping(columns: [], of: source(folder, rows: rows))
    #expect(mapping.hasNumbersOnly)
    try mapping.write(to: folder.path("ids"))
    let written = try names(folder)
    #expect(written.count == 2)
    #expect(written.map { $0.prefix(14) } == ["part-00000000-", "part-00000001-"])
    let counts = try written.map {
      try ParquetFooter(FileLocation(folder.path("ids/\($0)"))).rows
    }
    #expect(counts == [1 << 20, 70_000])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("ids/\(written[1])")))
    try mapping.write(to: folder.path("ids"))
    #expect(try names(folder) == written)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("ids/\(written[1])"))) == bytes)
  }

  @Test("our earlier files are replaced; what others put there stays, or stops the work")
  func foreignFiles() throws {
    let folder = try ScratchFolder()
    try IDMapping(columns: [], of: source(folder, rows: 9)).write(to: folder.path("ids"))
    let before = try names(folder)
    try folder.write([1, 2, 3], to: "ids/notes.txt")
    try IDMapping(columns: [], of: source(folder, rows: 8)).write(to: folder.path("ids"))
    let after = try names(folder)
    #expect(after.count == 2 && after.contains("notes.txt") && !after.contains(before[0]))
    // Like ours by name, but not by content; and a copy of ours under another name.
    let ours = try Data(contentsOf: URL(fileURLWithPath: folder.path("ids/\(after[1])")))
    for (name, bytes) in [(before[0], [1, 2, 3]), ("copy.parquet", [UInt8](ours))] {
      try folder.write(bytes, to: "ids/\(name)")
      let mapping = try IDMapping(columns: [], of: source(folder, rows: 7))
      expectError(.fileSystem, naming: [name, "not write"]) {
        try mapping.write(to: folder.path("ids"))
      }
      expectError(.fileSystem, naming: [name]) { try IDMapping.check(folder.path("ids")) }
      #expect(try names(folder) == (after + [name]).sorted())
      try FileManager.default.removeItem(atPath: folder.path("ids/\(name)"))
    }
  }

  @Test("cancelling leaves no half-written file")
  func cancelled() throws {
    let folder = try ScratchFolder()
    let mapping = try IDMapping(columns: [], of: source(folder, rows: 9))
    let execution = Execution(isCancelled: { true })
    expectError(.cancelled, naming: []) {
      try mapping.write(to: folder.path("ids"), execution: execution)
    }
    #expect(try names(folder) == [])
  }

  @Test("columns named twice, named i, or not named are refused")
  func names() throws {
    let folder = try ScratchFolder()
    let source = try source(folder, rows: 2)
    for columns in [["a", "a"], ["i"], [""]] {
      #expect(throws: IndexError.self) { try IDMapping(columns: columns, of: source) }
    }
  }
}
