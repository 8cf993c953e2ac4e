import Foundation
import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Damaged files", .serialized)
struct DamagedFileTests {
  /// What integers are replaced by.
  private static let poisons: [Int64] = [0, -1, 1 << 31, 1 << 62]

  /// Every place in files of up to 4 KiB is attacked, every 7th in larger ones, which share their
  /// records with the small ones; 7 reaches all alignments.
  private static func step(_ bytes: [UInt8]) -> Int { bytes.count <= 4096 ? 1 : 7 }

  @Test("a file cut off anywhere is an error")
  func truncation() throws {
    var cases = 0
    for golden in GoldenFileTests.files {
      let bytes = try golden.bytes()
      for length in stride(from: 0, to: bytes.count, by: Self.step(bytes)) {
        do throws(IndexError) {
          _ = try IndexFile.decode(bytes.span.extracting(first: length).rawBytes)
          Issue.record("\(golden) cut off at \(length) was read")
        } catch {
          if error.code != .corruptFile { Issue.record("\(golden) cut off at \(length): \(error)") }
        }
        cases += 1
      }
    }
    print("truncation: \(cases) cases")
  }

  @Test("a changed integer field is an error or gives an index that can be searched")
  func fields() throws {
    var tally = Tally()
    for golden in GoldenFileTests.files {
      let bytes = try golden.bytes()
      let places = try IndexFile.fields(of: bytes.span.rawBytes).map(\.range)
      #expect(places.count >= 8)
      for place in places {
        for width in Set([place.count, 4, 8]) where place.lowerBound + width <= bytes.count {
          for poison in Self.poisons + [Int64(Int32.max)] {
            let damaged = replaced(bytes, at: place.lowerBound, width: width, by: poison)
            tally.attack(damaged, isThorough: true)
          }
        }
      }
    }
    print("fields: \(tally)")
    #expect(tally.refused > tally.read / 4)
  }

  @Test("changed bytes anywhere near the ends are an error or give an index that can be searched")
  func ends() throws {
    let total = Mutex(Tally())
    let files = GoldenFileTests.files
    _ = try parallelMap(files.count, workers: 2) { number throws(IndexError) in
      let golden = files[number]
      var tally = Tally()
      let bytes = (try? golden.bytes()) ?? []
      let reach = 400
      let first = min(reach, bytes.count)
      let step = Self.step(bytes)
      var offsets = Array(stride(from: 0, to: first, by: step))
      offsets += Array(stride(from: max(first, bytes.count - reach), to: bytes.count, by: step))
      for offset in offsets {
        for width in [4, 8] where offset + width <= bytes.count {
          for poison in Self.poisons {
            let damaged = replaced(bytes, at: offset, width: width, by: poison)
            tally.attack(damaged, isAccelerated: width == 4)
          }
        }
      }
      total.withLock { $0.add(tally) }
    }
    let tally = total.withLock { $0 }
    print("ends: \(tally)")
    #expect(tally.refused > 0 && tally.read > 0)
  }

  @Test("list sizes, links and locations inside arrays are attacked too")
  func arrays() throws {
    var tally = Tally()
    for golden in GoldenFileTests.files where !golden.file.hasPrefix("flat") {
      let bytes = try golden.bytes()
      // Beyond the ends, every 13th byte, or fewer, reaches all kinds of arrays at all alignments.
      for offset in stride(from: 400, to: bytes.count - 400, by: bytes.count <= 16384 ? 13 : 67) {
        for poison in Self.poisons {
          tally.attack(
            replaced(bytes, at: offset, width: 4, by: poison), isAccelerated: false)
        }
      }
    }
    print("arrays: \(tally)")
    #expect(tally.refused > 0)
  }

  @Test("attacks took little memory")
  func memory() {
    let peak = peakResidentMemory()
    print("largest resident memory so far: \(peak >> 20) MiB")
    // The smallest poisoned count would take twice this.
    #expect(peak < 1 << 31)
  }
}

private func replaced(_ bytes: [UInt8], at offset: Int, width: Int, by value: Int64) -> [UInt8] {
  var damaged = bytes
  for byte in 0..<width {
    damaged[offset + byte] = UInt8(truncatingIfNeeded: value >> Int64(8 * byte))
  }
  return damaged
}

/// Counts what attacks led to.
private struct Tally: CustomStringConvertible, Sendable {
  var refused = 0
  var read = 0
  var slowest = 0.0

  mutating func attack(_ bytes: [UInt8], isAccelerated: Bool = true, isThorough: Bool = false) {
    let start = DispatchTime.now().uptimeNanoseconds
    var options = IndexFile.ReadOptions()
    options.isAccelerated = isAccelerated
    options.execution.workers = 1
    do throws(IndexError) {
      let index = try IndexFile.decode(bytes, options: options)
      read += 1
      let query = [Float](repeating: 0.5, count: index.dimension)
      let search = SearchOptions(execution: options.execution)
      // A changed parameter (nprobe, efSearch) may be refused only here, but with an error.
      _ = try? index.search(
        VectorBatch(query.span, dimension: index.dimension), k: 3, options: search)
      if isThorough { use(index, query, options.execution) }
    } catch {
      refused += 1
      let isExpected = error.code == .corruptFile || error.code == .unsupported
      if !isExpected { Issue.record("\(error.code.rawValue): \(error)") }
    }
    slowest = max(slowest, Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
  }

  /// Whatever an index from a file is asked to do may fail, but not crash.
  private func use(_ index: any VectorIndex, _ query: [Float], _ execution: Execution) {
    var index = index
    if let searchable = index as? any RangeSearchable {
      _ = try? searchable.rangeSearch(
        VectorBatch(query.span, dimension: index.dimension), radius: 2,
        options: SearchOptions(execution: execution))
    }
    if let source = index as? any Reconstructible {
      for id in [0, 5, -1, 1 << 40] as [Int64] { _ = try? source.reconstruct(id) }
    }
    if var removable = index as? any RemovableIndex { _ = try? removable.remove(.range(0..<9)) }
    _ = try? index.add(
      VectorBatch(query.span, dimension: index.dimension), execution: execution)
    _ = try? IndexFile.encode(index)
  }

  mutating func add(_ other: Tally) {
    refused += other.refused
    read += other.read
    slowest = max(slowest, other.slowest)
  }

  var description: String {
    "\(refused + read) cases, \(refused) refused, \(read) read and searched; slowest"
      + " \(Int(slowest)) ms"
  }
}
