import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalFiles
import VicinalTestSupport

/// Files on servers are read in ranges; here the same code reads files of this machine, and must
/// give what mapping them gives.
@Suite("Files of vectors read in ranges")
struct RemoteVectorFileTests {
  /// Every element type, byte order and order of axes that NumPy writes.
  static let fixtures: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtureFolder.path)) ?? []
    return names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }.sorted()
  }()

  private func open(_ path: String) throws(IndexError) -> RemoteVectorFile {
    try RemoteVectorFile(FileLocation(localPath: path), size: nil)
  }

  @Test("there are files of all kinds") func fixturesAreThere() {
    #expect(Self.fixtures.count > 40)
  }

  @Test("vectors, and errors, are those of the mapped file", arguments: fixtures)
  func likeMapped(name: String) throws {
    let path = fixture(name)
    let mapped = Result { () throws(IndexError) in try VectorFile(path: path) }
    let ranged = Result { () throws(IndexError) in try open(path) }
    guard case .success(let mapped) = mapped, case .success(let ranged) = ranged else {
      let errors = (try? mapped.get(), try? ranged.get())
      #expect(errors.0 == nil && errors.1 == nil)
      if case .failure(let one) = mapped, case .failure(let two) = ranged { #expect(one == two) }
      return
    }
    try compare(mapped, ranged)
  }

  @Test("rows of .fvecs and .bvecs are read, and those that state another dimension refused")
  func vecsFiles() throws {
    let folder = try ScratchFolder()
    var generator = SplitMix64(seed: 5)
    let rows = (0..<40).map { _ in (0..<7).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    try folder.write(vecs(rows), to: "a.bvecs")
    try compare(VectorFile(path: folder.path("a.bvecs")), open(folder.path("a.bvecs")))
    var bytes = vecs(rows)
    bytes[11 * 20] = 6
    try folder.write(bytes, to: "b.bvecs")
    let damaged = try open(folder.path("b.bvecs"))
    expectError(.corruptFile, naming: ["b.bvecs", "dimension 6", "row 20", "7"]) {
      _ = try read(damaged, [3, 20])
    }
    #expect(try read(damaged, [3, 21]) == (rows[3] + rows[21]).map(Float.init))
  }

  @Test("rows that lie far apart, or repeat, are fetched once and in order")
  func farApart() throws {
    let folder = try ScratchFolder()
    // 4 MiB per 1024 rows: the rows chosen below are more than a gap apart.
    let columns = 1024
    let values = (0..<3000 * columns).map { Float($0 % 8191) }
    try folder.write(npy(values, columns: columns), to: "wide.npy")
    let file = try open(folder.path("wide.npy"))
    let chosen = [0, 0, 1, 5, 900, 901, 901, 2998, 2999]
    let expected = chosen.flatMap { values[$0 * columns..<($0 + 1) * columns] }
    #expect(try read(file, chosen) == expected)
  }

  @Test("a file that lost its end after it was opened is an error")
  func shortened() throws {
    let folder = try ScratchFolder()
    try folder.write(npy([1, 2, 3, 4], columns: 2), to: "a.npy")
    let file = try open(folder.path("a.npy"))
    try folder.write([UInt8](repeating: 0, count: 20), to: "a.npy")
    #expect(throws: IndexError.self) { try read(file, [1]) }
  }

  private func read(_ file: some EmbeddingFile, _ rows: [Int]) throws(IndexError) -> [Float] {
    var values = [Float](repeating: -1, count: rows.count * file.dimension + 1)
    var output = values.mutableSpan
    try file.read(chosen: rows, into: &output, at: 1)
    return Array(values.dropFirst())
  }

  private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  private func compare(_ mapped: VectorFile, _ ranged: RemoteVectorFile) throws {
    #expect(mapped.count == ranged.count && mapped.dimension == ranged.dimension)
    let all = bits(try contents(mapped))
    for rows in [1, 2, 3, 1000] {
      var values: [UInt32] = []
      var buffer: [Float] = []
      try ranged.forEachBatch(rows: rows, buffer: &buffer) { batch, first throws(IndexError) in
        #expect(first * batch.dimension == values.count && batch.count <= rows)
        for index in batch.values.indices { values.append(batch.values[index].bitPattern) }
      }
      #expect(values == all, "batches of \(rows)")
    }
    var generator = SplitMix64(seed: UInt64(mapped.count))
    for _ in 0..<5 where mapped.count > 0 {
      let chosen = (0..<4).map { _ in Int.random(in: 0..<mapped.count, using: &generator) }.sorted()
      #expect(bits(try read(ranged, chosen)) == bits(try read(mapped, chosen)), "rows \(chosen)")
    }
  }
}
