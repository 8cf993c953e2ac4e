import Foundation
import Logging
import Testing
import VicinalCore
import VicinalService
import VicinalTestSupport

@Suite("The service in a Swift program")
struct SearchServiceTests {
  private func service(
    _ folder: ScratchFolder, _ more: [String: String] = [:]
  ) throws -> SearchService {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let settings = try ServiceSettings(
      [
        "data-dir": folder.url.path, "bind": "tcp://127.0.0.1:*", "durability": "none", "k": "3",
      ].merging(more) { $1 })
    return try SearchService(settings, logger: logger)
  }

  /// What blocks has a thread of its own, so that tests beside this one go on.
  private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }

  @Test("it starts, answers its client, stops, and starts again with what it had")
  func life() async throws {
    let folder = try ScratchFolder()
    let running = try service(folder)
    try await onThread {
      let address = try #require(try running.start().first)
      let client = try SearchClient(address, timeout: 10)
      let created = try client.create(
        ids: [5, 6, -9], vectors: [0, 0, 3, 4, 6, 8], dimension: 2)
      #expect(created.added == 3)
      #expect(try client.update(ids: [6], vectors: [0, 1], dimension: 2).updated == 1)
      #expect(try client.add(ids: [7], vectors: [9, 9], dimension: 2).sequence == 3)
      let deleted = try client.delete(ids: [7, 8])
      #expect(deleted.deleted == 1 && deleted.missing == 1 && deleted.sequence == 4)
      let found = try client.search([0, 0, 6, 8], dimension: 2)
      #expect(found.ids == [5, 6, -9, -9, 6, 5])
      #expect(found.distances == [0, 1, 100, 0, 85, 100])
      #expect(try client.search([0, 0], dimension: 2, k: 1).ids == [5])
      #expect(try client.search([0, 0], dimension: 2, k: 1, parameters: "nprobe=4").ids == [5])
      #expect(throws: SearchServiceError.self) {
        try client.search([0, 0], dimension: 2, parameters: "probes=4")
      }
      let got = try client.vectors([-9, 5])
      #expect(got.values == [6, 8, 0, 0] && got.dimension == 2)
      #expect(throws: SearchServiceError.self) { try client.vectors([8]) }
      #expect(try client.snapshot() == 4)
      try client.optimize(index: "flat", targetRecall: 0.9)
      #expect(throws: SearchServiceError.self) { try client.optimize(index: "IVF") }
      #expect(try client.status().contains("\"count\": 3"))
      #expect(throws: SearchServiceError.self) { try client.search([1], dimension: 1) }
      #expect(throws: SearchServiceError.self) {
        try client.add(ids: [5], vectors: [1, 1], dimension: 2)
      }
      running.stop()
      running.stop()
    }
    let again = try service(folder)
    try await onThread {
      let client = try SearchClient(try #require(try again.start().first), timeout: 10)
      #expect(try client.search([0, 0], dimension: 2).ids == [5, 6, -9])
      again.stop()
    }
    #expect(try ServiceFolder.vectors(in: folder.url.path).ids == [-9, 5, 6])
  }

  @Test("with keys, only a client that has the service's key is answered")
  func encryption() async throws {
    let folder = try ScratchFolder()
    let made = try CurveKeyFiles.make(folder.url.path + "/server")
    let service = try service(folder, ["curve-secret-key-file": made.secretFile])
    try await onThread {
      let address = try #require(try service.start().first)
      let keys = try CurveClientKeys(serverKey: made.keys.publicKey)
      let client = try SearchClient(address, timeout: 10, keys: keys)
      #expect(try client.status().contains("\"curve\": \"any-client\""))
      let others = [nil, try CurveClientKeys(serverKey: CurveKeyPair().publicKey)]
      for other in others {
        let stranger = try SearchClient(address, timeout: 0.2, tries: 1, keys: other)
        #expect(throws: IndexError.self) { try stranger.status() }
      }
      service.stop()
    }
  }

  @Test("nobody answers")
  func silence() async throws {
    try await onThread {
      let client = try SearchClient("tcp://127.0.0.1:9", timeout: 0.1, tries: 2)
      #expect(throws: IndexError.self) { try client.status() }
    }
    #expect(throws: IndexError.self) { try SearchClient("tcp://127.0.0.1:9", timeout: 0) }
  }
}
