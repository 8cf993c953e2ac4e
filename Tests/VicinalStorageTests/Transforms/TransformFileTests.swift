import Testing
import VicinalCoding
import VicinalCore
import VicinalStorage
import VicinalTestSupport

@Suite("Transform files")
struct TransformFileTests {
  static let files = (try? GoldenTransform.all()) ?? []

  @Test("all golden files are there")
  func filesAreThere() { #expect(Self.files.count == 11) }

  @Test("transform as faiss did", arguments: files)
  func answers(golden: GoldenTransform) throws {
    let transform = try TransformFile.read(golden.path)
    #expect(transform.inputDimension == golden.d)
    guard let rows = golden.transform else {
      #expect(!transform.isTrained)
      return
    }
    let input = rows.input.flatMap { $0 }
    let output = try transform.apply(VectorBatch(input.span, dimension: golden.d))
    let expected = rows.output.flatMap { $0 }
    #expect(output.count == expected.count)
    for (a, b) in zip(output, expected) where abs(a - b) > 2e-5 * max(1, abs(b)) {
      Issue.record("\(golden): \(a), faiss says \(b)")
      return
    }
  }

  @Test("come out of read and write with the same bytes", arguments: files)
  func roundTrip(golden: GoldenTransform) throws {
    let bytes = try golden.bytes()
    #expect(try TransformFile.encode(TransformFile.decode(bytes)) == bytes)
    let folder = try ScratchFolder()
    try TransformFile.write(TransformFile.read(golden.path), to: folder.path("copy.vt"))
    #expect(try TransformFile.encode(TransformFile.read(folder.path("copy.vt"))) == bytes)
  }

  @Test("hold what training found")
  func trained() throws {
    let rows = SampleIndexes.vectors(600, seed: 41)
    for word in ["PCA5", "PCAWR4", "OPQ3", "OPQ2_8", "RR", "RR20", "ITQ", "ITQ5", "Pad20", "HR9"] {
      var transform = try TransformSpec(parsing: word).makeTransform(
        inputDimension: SampleIndexes.dimension)
      let untrained = try TransformFile.decode(TransformFile.encode(transform))
      #expect(untrained.isTrained == transform.isTrained, "\(word)")
      try transform.train(on: rows.batch(), execution: Execution())
      let bytes = try TransformFile.encode(transform)
      let read = try TransformFile.decode(bytes)
      #expect(try read.apply(rows.batch()) == transform.apply(rows.batch()), "\(word)")
      #expect(read.isReversible == transform.isReversible, "\(word)")
      #expect(try TransformFile.encode(read) == bytes, "\(word)")
    }
    var centering = try Centering(dimension: SampleIndexes.dimension)
    try centering.train(on: rows.batch(), execution: Execution())
    let read = try #require(try TransformFile.decode(TransformFile.encode(centering)) as? Centering)
    #expect(read.mean == centering.mean)
  }

  @Test("cut off anywhere are an error", arguments: files)
  func truncation(golden: GoldenTransform) throws {
    let bytes = try golden.bytes()
    for length in 0..<bytes.count {
      expectError(.corruptFile, "\(golden) cut off at \(length)") {
        _ = try TransformFile.decode(Array(bytes.prefix(length)))
      }
    }
  }

  @Test("with changed fields are an error, or transform without a crash", arguments: files)
  func damage(golden: GoldenTransform) throws {
    let bytes = try golden.bytes()
    var (refused, read) = (0, 0)
    let fields = try TransformFile.fields(of: bytes).map(\.range)
    let others = stride(from: 0, to: bytes.count - 8, by: 3).map { $0..<$0 + 4 }
    for place in fields + others {
      for poison in [0, 1, -1, 3, 1 << 20, 1 << 31, 1 << 62, 0x7fc0_0000] as [Int64] {
        var damaged = bytes
        for byte in 0..<place.count {
          damaged[place.lowerBound + byte] = UInt8(truncatingIfNeeded: poison >> Int64(8 * byte))
        }
        do throws(IndexError) {
          let transform = try TransformFile.decode(damaged)
          read += 1
          let row = [Float](repeating: 0.5, count: transform.inputDimension)
          let output = try? transform.apply(VectorBatch(row.span, dimension: row.count))
          if let output {
            _ = try? transform.reverse(VectorBatch(output.span, dimension: output.count))
          }
          _ = try TransformFile.encode(transform)
        } catch {
          refused += 1
          let isExpected = [.corruptFile, .unsupported].contains(error.code)
          if !isExpected { Issue.record("\(golden), \(poison) at \(place): \(error)") }
        }
      }
    }
    #expect(refused > 0 && read > 0)
  }

  @Test("of indexes are refused, as are unknown codes")
  func otherFiles() throws {
    let index = try IndexFile.encode(SampleIndexes.flat(.l2, count: 3))
    expectError(.corruptFile, naming: ["IxF2"]) { _ = try TransformFile.decode(index) }
    expectError(.corruptFile) { _ = try TransformFile.decode(Array("Abcd".utf8)) }
    expectError(.fileSystem) { _ = try TransformFile.read("/nonexistent/file.vt") }
  }

  @Test("of a norm other than 2 are refused by name")
  func norm() throws {
    var bytes = try TransformFile.encode(L2Normalization(dimension: 3))
    bytes.replaceSubrange(4..<8, with: [0, 0, 0x80, 0x3f])
    expectError(.unsupported, naming: ["norm"]) { _ = try TransformFile.decode(bytes) }
  }
}
