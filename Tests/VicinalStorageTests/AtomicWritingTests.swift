import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Writing in one step")
struct AtomicWritingTests {
  @Test("a cancelled write leaves the old file and nothing else")
  func cancelled() throws {
    let folder = try ScratchFolder()
    let path = folder.path("kept.index")
    try IndexFile.write(try SampleIndexes.flat(.l1), to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let large = try SampleIndexes.flat(.l2, count: 150_000)
    let questions = Atomic<Int>(0)
    let counting = Execution(isCancelled: {
      questions.add(1, ordering: .relaxed)
      return false
    })
    try IndexFile.write(large, to: folder.path("other.index"), execution: counting)
    try FileManager.default.removeItem(atPath: folder.path("other.index"))
    let asked = questions.load(ordering: .relaxed)
    #expect(asked >= 5)
    // Cancel before the first byte, in the middle, and just before the file takes its place.
    for allowed in 0..<asked {
      let asked = Atomic<Int>(0)
      let execution = Execution(isCancelled: {
        asked.add(1, ordering: .relaxed).newValue > allowed
      })
      let error = #expect(throws: IndexError.self) {
        try IndexFile.write(large, to: path, execution: execution)
      }
      #expect(error?.code == .cancelled, "\(allowed)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      #expect(try folder.names() == ["kept.index"])
    }
    try IndexFile.write(large, to: path)
    #expect(try folder.names() == ["kept.index"])
    #expect(try IndexFile.read(path).count == 150_000)
  }

  @Test("a kind that cannot be stored is refused before anything is touched")
  func refused() throws {
    struct Foreign: VectorIndex {
      var dimension = 3
      var metric = Metric.l2
      var count = 0
      var isTrained = true
      var byteCount = 0
      mutating func train(on sample: borrowing VectorBatch, execution: Execution) {}
      mutating func add(_ vectors: borrowing VectorBatch, execution: Execution) {}
      func search(_ queries: borrowing VectorBatch, k: Int, options: SearchOptions) -> Neighbors {
        Neighbors(empty: 0, k: k, metric: metric)
      }
    }
    let folder = try ScratchFolder()
    let path = folder.path("kept.index")
    try IndexFile.write(FlatIndex(dimension: 2), to: path)
    for index in [Foreign(), try IDMapIndex(Foreign()), TransformedIndex(Foreign())]
      as [any VectorIndex]
    {
      let error = #expect(throws: IndexError.self) { try IndexFile.write(index, to: path) }
      #expect(error?.code == .unsupported)
    }
    #expect(try folder.names() == ["kept.index"])
    #expect(try IndexFile.read(path).dimension == 2)
  }

  @Test("places that cannot be written to are errors that name them")
  func badPlaces() throws {
    let folder = try ScratchFolder()
    let pipes = try ScratchFolder()
    let pipe = pipes.path("pipe")
    let maker = try Process.run(
      URL(fileURLWithPath: "/usr/bin/env"), arguments: ["mkfifo", pipe])
    maker.waitUntilExit()
    try #require(maker.terminationStatus == 0)
    let index = FlatIndex(dimension: 2)
    for path in [folder.path("missing/x.index"), folder.url.path, pipe, folder.url.path + "/a/"] {
      let error = #expect(throws: IndexError.self) { try IndexFile.write(index, to: path) }
      #expect(error?.code == .fileSystem, "\(path)")
      #expect(error?.message.contains(path) == true)
    }
    #expect(try folder.names().isEmpty)
    #expect(try pipes.names() == ["pipe"])
  }

  @Test("permissions of a replaced file are kept, and links are followed")
  func permissions() throws {
    let folder = try ScratchFolder()
    let manager = FileManager.default
    let path = folder.path("real.index")
    try IndexFile.write(FlatIndex(dimension: 2), to: path)
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    try manager.createSymbolicLink(
      atPath: folder.path("link.index"), withDestinationPath: "real.index")
    try IndexFile.write(FlatIndex(dimension: 5), to: folder.path("link.index"))
    let mode = try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    #expect(try IndexFile.read(path).dimension == 5)
    let link = try manager.destinationOfSymbolicLink(atPath: folder.path("link.index"))
    #expect(link == "real.index")
  }

  @Test("progress counts the bytes of the file")
  func progress() throws {
    let steps = Mutex<[VicinalCore.WorkProgress]>([])
    let execution = Execution(progress: { step in steps.withLock { $0.append(step) } })
    let folder = try ScratchFolder()
    let index = try SampleIndexes.flat(.l2, count: 800_000)
    try IndexFile.write(index, to: folder.path("x"), execution: execution)
    var options = IndexFile.ReadOptions()
    options.execution = execution
    _ = try IndexFile.read(folder.path("x"), options: options)
    let seen = steps.withLock { $0 }
    let total = try IndexFile.byteCount(of: index)
    #expect(seen.contains(VicinalCore.WorkProgress(step: "write", done: total, total: total)))
    #expect(seen.contains { $0.step == "write" && $0.done < total && $0.total == total })
    #expect(seen.contains { $0.step == "read" && $0.done < total && $0.total == total })
  }

  @Test("reading can be cancelled")
  func cancelledReading() throws {
    let bytes = try IndexFile.encode(try SampleIndexes.flat(.l2))
    var options = IndexFile.ReadOptions()
    options.execution.isCancelled = { true }
    let error = #expect(throws: IndexError.self) { try IndexFile.decode(bytes, options: options) }
    #expect(error?.code == .cancelled)
  }
}
