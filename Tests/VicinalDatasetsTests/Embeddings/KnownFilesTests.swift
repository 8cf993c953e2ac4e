import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Some of many files")
struct KnownFilesTests {
  private static let counts = [3, 1, 0, 6, 2]
  private static let total = 12
  private static let dimension = 5
  private let folder: ScratchFolder
  private let known: [KnownFile]

  init() throws {
    folder = try ScratchFolder()
    var first = 0
    for (number, count) in Self.counts.enumerated() {
      let rows = (first..<first + count).flatMap { row in
        (0..<Self.dimension).map { Float(row * Self.dimension + $0) / 4 }
      }
      try folder.write(npy(rows, columns: Self.dimension), to: "\(number).npy")
      first += count
    }
    known = try EmbeddingFiles([folder.url.path]).known
  }

  @Test("files with vectors are known")
  func whatIsKnown() {
    #expect(known.map(\.count) == [3, 1, 6, 2])
    #expect(known.map { $0.path.suffix(5) } == ["0.npy", "1.npy", "3.npy", "4.npy"])
  }

  @Test("every range is read as from all files, and only its files are opened")
  func ranges() throws {
    let all = try EmbeddingFiles([folder.url.path])
    for first in 0..<Self.total {
      for end in first + 1...Self.total {
        let some = try EmbeddingFiles([folder.url.path], known: known, rows: first..<end)
        #expect(some.count == Self.total && some.dimension == Self.dimension)
        let ends = [3, 4, 10, 12]
        let needed = zip([0] + ends, ends).count { $0 < end && $1 > first }
        #expect(some.files.count == needed, "\(first)..<\(end)")
        let wanted = Array(first..<end)
        #expect(try some.vectors(wanted) == all.vectors(wanted))
        #expect(wanted.allSatisfy { some.place(of: $0) == all.place(of: $0) })
        for rows in [1, 4, 100] {
          let (mine, theirs) = try (
            batches(EmbeddingSlice(some, first..<end), rows: rows),
            batches(EmbeddingSlice(all, first..<end), rows: rows)
          )
          #expect(mine == theirs, "\(first)..<\(end), \(rows) rows at a time")
        }
      }
    }
  }

  @Test("vectors of files that are not open, and ranges that are not there, are refused")
  func outside() throws {
    let some = try EmbeddingFiles([folder.url.path], known: known, rows: 3..<5)
    for number in [2, 10] {
      let error = #expect(throws: IndexError.self) { try some.vectors([number]) }
      #expect(error?.code == .invalidArgument)
    }
    for rows in [0..<0, 5..<13] {
      #expect(throws: IndexError.self) {
        try EmbeddingFiles([folder.url.path], known: known, rows: rows)
      }
    }
  }

  @Test("files that are gone or have changed are named; new ones do not matter")
  func changedFiles() throws {
    try folder.write(npy([0, 0, 0, 0, 0], columns: Self.dimension), to: "2b.npy")
    let some = try EmbeddingFiles([folder.url.path], known: known, rows: 0..<12)
    #expect(some.count == Self.total)
    try folder.write(npy([0, 0, 0, 0, 0], columns: Self.dimension), to: "0.npy")
    var error = #expect(throws: IndexError.self) {
      try EmbeddingFiles([folder.url.path], known: known, rows: 2..<4)
    }
    #expect(error?.message.contains("0.npy holds 1 vectors") == true)
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("0.npy"))
    error = #expect(throws: IndexError.self) {
      try EmbeddingFiles([folder.url.path], known: known, rows: 2..<4)
    }
    #expect(error?.message.contains("0.npy is not among") == true)
    _ = try EmbeddingFiles([folder.url.path], known: known, rows: 3..<4)
  }
}
