import Synchronization
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

/// A clock that goes on by a second whenever it is asked.
private final class Clock: Sendable {
  private let seconds = Atomic(0)
  func elapsed() -> Duration { .seconds(seconds.add(1, ordering: .relaxed).oldValue) }
}

@Suite("BuildTimeLimit")
struct BuildTimeLimitTests {
  private let rows = DataShape.clustered.make(3000, dimension: 16, seed: 11)

  private func limit(_ seconds: Int) -> BuildTimeLimit {
    let clock = Clock()
    return BuildTimeLimit(.seconds(seconds)) { clock.elapsed() }
  }

  private func builder(_ name: String, _ limit: BuildTimeLimit?) throws -> IndexBuilder {
    var builder = try IndexBuilder(
      spec: IndexSpec(parsing: name), metric: .l2, isAccelerated: false,
      workMemory: MemorySize(bytes: 1 << 30))
    builder.timeLimit = limit
    return builder
  }

  /// Rounds of k-means that were done.
  private func rounds(_ limit: BuildTimeLimit?) throws -> (rounds: Int, warnings: [String]) {
    let done = Atomic(0)
    let execution = Execution(
      workers: 1,
      progress: { progress in
        if progress.step == "k-means" { done.add(1, ordering: .relaxed) }
      })
    let (index, warnings) = try builder("IVF8,Flat", limit).build(
      from: rows.source(), execution: execution)
    #expect(index.count == 3000)
    return (done.load(ordering: .relaxed), warnings)
  }

  @Test("training ends at half of the time that was left, all vectors are added")
  func halves() throws {
    // The clock is at 0 when training begins and asked after every round but the last.
    for (seconds, expected) in [(0, 1), (2, 1), (4, 2), (8, 4), (18, 9)] {
      let (done, warnings) = try rounds(limit(seconds))
      #expect(done == expected, "\(seconds) s")
      #expect(warnings.count { $0.contains("cut short") } == 1, "\(warnings)")
    }
    for limit in [limit(1000), nil] {
      let (done, warnings) = try rounds(limit)
      #expect(done == 10 && warnings.isEmpty)
    }
  }

  @Test("where the rounds of k-means would take too long, cells are found in mini-batches")
  func miniBatches() throws {
    let pressed = BuildTimeLimit(.microseconds(100)) { .zero }
    for name in ["IVF256,Flat", "PCA8,IVF256,SQ8", "IVF256,PQ4x4fs,RFlat"] {
      let (index, warnings) = try builder(name, pressed).build(from: rows.source())
      #expect(index.count == 3000)
      #expect(warnings.first?.contains("mini-batches") == true, "\(name): \(warnings)")
    }
    let (_, none) = try builder("IVF64,Flat", BuildTimeLimit(.seconds(1000)) { .zero })
      .build(from: rows.source())
    #expect(none.isEmpty)
  }

  @Test(
    "every kind of training can be ended and gives a usable index",
    arguments: [
      "IVF8,PQ4", "PQ4x4fs", "OPQ4,PQ4", "IVF8,RQ2x4", "LSQ2x4", "IVF8_HNSW8,SQ8", "PCA8,IVF8,Flat",
    ])
  func kinds(name: String) throws {
    let (index, _) = try builder(name, limit(0)).build(
      from: rows.source(), execution: Execution(workers: 2))
    #expect(index.count == 3000)
    let found = try index.search(rows.rows(0..<5), k: 3, options: SearchOptions())
    #expect(found.ids.allSatisfy { $0 >= 0 }, "\(name)")
  }

  @Test("what is over says by how much, and tuning keeps a tenth")
  func remark() {
    let late = BuildTimeLimit(.seconds(10)) { .seconds(12.5) }
    #expect(late.left == .zero && late.leftForTuning == .seconds(1))
    #expect(late.remark([])?.contains("took 12.5 s, 2.5 s more than the 10.0 s allowed:") == true)
    let steps = [StepTime(step: "choose", seconds: 3), StepTime(step: "add", seconds: 9.5)]
    #expect(late.remark(steps)?.contains("(add 9.5 s, choose 3.0 s)") == true)
    let early = BuildTimeLimit(.seconds(10)) { .seconds(4) }
    #expect(early.left == .seconds(6) && early.leftForTuning == .seconds(6))
    #expect(early.remark([]) == nil)
    #expect(BuildTimeLimit(.seconds(1000)).remark([]) == nil)
  }
}
