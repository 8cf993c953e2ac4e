import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Damaged files of binary indexes")
struct BinaryDamagedTests {
  private static let poisons: [Int64] = [0, -1, 1, 1 << 31, 1 << 62, Int64(Int32.max), 200]

  @Test("a file cut off anywhere is an error", arguments: BinaryGoldenFile.all)
  func truncation(golden: BinaryGoldenFile) throws {
    let bytes = try golden.bytes()
    // Large arrays give the same error at every place inside.
    let step = max(1, bytes.count / 1500)
    for length in stride(from: 0, to: bytes.count, by: step) {
      expectError(.corruptFile, "\(golden) cut off at \(length)") {
        _ = try BinaryIndexFile.decode(bytes.span.extracting(first: length).rawBytes)
      }
    }
  }

  @Test(
    "a changed number is an error or gives an index that works", arguments: BinaryGoldenFile.all)
  func fields(golden: BinaryGoldenFile) throws {
    let bytes = try golden.bytes()
    let places = try BinaryIndexFile.fields(of: bytes.span.rawBytes).map(\.range)
    #expect(places.count >= 7)
    var refused = 0
    // Fields, and every 29th byte to reach all arrays at all alignments.
    let offsets = places.map(\.lowerBound) + Array(stride(from: 0, to: bytes.count, by: 29))
    for offset in offsets {
      for width in [1, 4, 8] where offset + width <= bytes.count {
        for poison in Self.poisons {
          var damaged = bytes
          for byte in 0..<width {
            damaged[offset + byte] = UInt8(truncatingIfNeeded: poison >> Int64(8 * byte))
          }
          if !survives(damaged, golden) { refused += 1 }
        }
      }
    }
    #expect(refused > places.count)
  }

  /// Whether bytes were read as an index, which is then used.
  private func survives(_ bytes: [UInt8], _ golden: BinaryGoldenFile) -> Bool {
    var options = IndexFile.ReadOptions()
    options.isAccelerated = false
    options.execution.workers = 1
    do throws(IndexError) {
      var index = try BinaryIndexFile.decode(bytes, options: options)
      let query = [UInt8](repeating: 0x5a, count: index.codeSize)
      let batch = try BinaryBatch(query.span.rawBytes, dimension: index.dimension)
      let search = SearchOptions(execution: options.execution)
      _ = try? index.search(batch, k: 3, options: search)
      _ = try? (index as? any BinaryRangeSearchable)?.rangeSearch(
        batch, radius: 20, options: search)
      for id in [0, 5, -1, 1 << 40] as [Int64] {
        _ = try? (index as? any BinaryReconstructible)?.reconstruct(id)
      }
      _ = try? index.add(batch, execution: options.execution)
      _ = try? BinaryIndexFile.encode(index)
      return true
    } catch {
      let isExpected = error.code == .corruptFile || error.code == .unsupported
      if !isExpected { Issue.record("\(golden): \(error.code.rawValue) \(error)") }
      return false
    }
  }
}
