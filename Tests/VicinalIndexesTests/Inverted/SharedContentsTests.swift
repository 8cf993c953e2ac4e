import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Lists that begin with the same contents")
struct SharedContentsTests {
  @Test("several threads fill them, thousands of times")
  func filled() throws {
    // All empty lists share one value, which each thread must leave to the others when it unshares it.
    let rows = DataShape.clustered.make(300, dimension: 16, seed: 3)
    let execution = Execution(workers: 2)
    for _ in 0..<1500 {
      var index = try IndexSpec(parsing: "IVF4,Flat").makeIndex(dimension: 16, metric: .l2)
      try index.train(on: rows.batch(), execution: execution)
      try index.add(rows.batch(), execution: execution)
      #expect(index.count == 300)
    }
  }
}
