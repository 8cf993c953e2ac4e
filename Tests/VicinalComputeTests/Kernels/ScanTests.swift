import CVicinalKernels
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Scan kernels")
struct ScanTests {
  /// Checks a scan against its specification in plain Swift: candidates are allowed rows, none
  /// twice; no true score lies below its lower bound; the threshold is not below the true k-th
  /// score; and the answer of brute force is among the candidates.
  private func problem(
    _ input: ScanInput, _ members: [Int], k: Int, allowed: [UInt32]?, firstLabel: Int64,
    capacity: Int
  ) -> String? {
    var states = (0..<input.queries.count).map { _ in ScanState(k: k) }
    input.run(members, &states, allowed: allowed, firstLabel: firstLabel, capacity: capacity)
    let truth = BruteForce(
      input.table, input.metric, rows: input.rows, queries: input.queries)
    func isAllowed(_ row: Int) -> Bool {
      allowed.map { $0[row / 32] >> (row % 32) & 1 == 1 } ?? true
    }
    for query in states.indices {
      let state = states[query]
      guard members.contains(query) else {
        if !state.labels.isEmpty || state.upper.contains(where: \.isFinite) {
          return "query \(query) was not asked"
        }
        continue
      }
      let candidates = state.candidates.map { Int($0 - firstLabel) }
      if Set(candidates).count < candidates.count { return "query \(query): a row twice" }
      if let odd = candidates.first(where: { $0 < 0 || $0 >= input.rows.count || !isAllowed($0) }) {
        return "query \(query): row \(odd) is not allowed"
      }
      for (lower, label) in zip(state.lower, state.labels) {
        let score = input.trueScore(query: query, row: Int(label - firstLabel))
        if score < Double(lower) { return "query \(query): score \(score) below bound \(lower)" }
      }
      let best = truth.best(query, k: k, isAllowed: isAllowed)
      let uppers = state.upper.count(where: \.isFinite)
      if k <= Int(VCL_LARGEST_HEAP), uppers != best.count {
        return "query \(query): \(uppers) upper bounds"
      }
      if let missing = best.first(where: { !candidates.contains($0) }) {
        return "query \(query): row \(missing) is missing among \(candidates.count) candidates"
      }
      if best.count == k, let last = best.last {
        let score = input.trueScore(query: query, row: last)
        if Double(state.threshold) < score - 1e-6 * abs(score) {
          return "query \(query): threshold \(state.threshold) below the k-th score \(score)"
        }
        // A threshold that admits many more upper bounds than k would be of little use; what
        // equals it counts once.
        let below = Set(state.upper.filter { $0 < state.threshold }).count
        if below > k + k / 16 { return "query \(query): \(below) upper bounds below the threshold" }
      }
    }
    return nil
  }

  @Test(
    "candidates hold the answer for every tile width, row count, mask and metric",
    arguments: CTable.levels, [true, false])
  func candidates(level: KernelLevel, isInt8: Bool) throws {
    let table = try CTable(level)
    var generator = SplitMix64(seed: 21)
    for count in 1...97 {
      let dimension = 1 + generator.integer(below: 70)
      let shape = DataShape.allCases[count % DataShape.allCases.count]
      let rows = shape.make(count, dimension: dimension, seed: UInt64(count))
      let queries = shape.make(14, dimension: dimension, seed: UInt64(1000 + count))
      for metric in [Metric.l2, .innerProduct] {
        let input = ScanInput(
          table, metric, rows: rows, queries: queries, isInt8: isInt8, centred: count % 3 != 0)
        let width = 1 + (count + (metric == .l2 ? 0 : 5)) % 12
        let members = Array((0..<14).shuffled(using: &generator).prefix(width))
        let words = (0..<input.panelCount).map { _ in
          UInt32(truncatingIfNeeded: generator.next() & generator.next())
        }
        for (allowed, k) in [
          (nil, 3), (words, 5), (words.map { _ in 0 }, 1), (nil, 17), (words, 30), (nil, 200),
        ] {
          // 64 is the smallest list that a scan accepts: it fills and has to be continued.
          if let problem = problem(
            input, members, k: k, allowed: allowed, firstLabel: Int64(count) << 32, capacity: 64)
          {
            Issue.record(
              """
              \(problem); \(level) int8 \(isInt8) \(metric) k \(k) tile \(members) \
              masked \(allowed != nil); rows: \(rows), queries: \(queries)
              """)
            return
          }
        }
      }
    }
  }

  @Test("a fixed threshold keeps what may be within it", arguments: CTable.levels, [true, false])
  func fixedThreshold(level: KernelLevel, isInt8: Bool) throws {
    let table = try CTable(level)
    let rows = DataShape.clustered.make(300, dimension: 40, seed: 22)
    let queries = DataShape.clustered.make(5, dimension: 40, seed: 23)
    for metric in [Metric.l2, .innerProduct] {
      let input = ScanInput(table, metric, rows: rows, queries: queries, isInt8: isInt8)
      let scores = (0..<5).map { query in
        (0..<300).map { input.trueScore(query: query, row: $0) }
      }
      var states = scores.map { ScanState(k: 0, threshold: Float($0.sorted()[100])) }
      input.run([4, 0, 1, 2, 3], &states, capacity: 64)
      for query in 0..<5 {
        let inside = (0..<300).filter { scores[query][$0] <= Double(states[query].threshold) }
        let found = Set(states[query].candidates)
        #expect(states[query].upper == [.infinity])
        #expect(found.isSuperset(of: inside.map(Int64.init)), "\(level) \(metric) \(rows)")
        #expect(found.count < 250, "\(level) \(metric) lets \(found.count) of 300 pass")
      }
    }
  }

  @Test("offered rows are kept while they may be among the best", arguments: CTable.levels)
  func offer(level: KernelLevel) throws {
    let table = try CTable(level)
    var state = ScanState(k: 2)
    func offer(_ scores: [Float], _ errs: [Float], _ label: Int64) {
      let raw = unsafe RawState(state, capacity: 64)
      unsafe table.kernels.functions.offer(raw.box, scores, errs, scores.count, label)
      unsafe raw.read(into: &state)
      unsafe raw.free()
    }
    offer([5, .nan, 3], [1, 0, 0.5], 10)
    #expect(state.candidates == [10, 12] && state.threshold == 6)
    offer([7.5, 6.5, 1], [1, 1, 0], 20)
    // 7.5 ± 1 may not beat 6; 6.5 ± 1 may; then 1 makes 3.5 the second upper bound.
    #expect(state.labels == [10, 12, 21, 22] && state.threshold == 3.5)
    #expect(state.candidates == [12, 22])
  }

  @Test(
    "negative control: without the bounds the scan loses true neighbours",
    arguments: CTable.levels)
  func falsifiedBounds(level: KernelLevel) throws {
    let table = try CTable(level)
    let rows = DataShape.spikes.make(640, dimension: 24, seed: 24)
    let queries = DataShape.spikes.make(12, dimension: 24, seed: 25)
    for metric in [Metric.l2, .innerProduct] {
      var input = ScanInput(table, metric, rows: rows, queries: queries, isInt8: true)
      let sound = problem(
        input, Array(0..<12), k: 10, allowed: nil, firstLabel: 0, capacity: 64)
      #expect(sound == nil)
      for panel in 0..<input.panelCount {
        input.bounds[2 * panel] = 0
        input.bounds[2 * panel + 1] = 0
      }
      for query in input.facts.indices { input.facts[query].residual = 0 }
      for query in input.facts.indices { input.facts[query].norm = 0 }
      input.centreNorm = 0
      let broken = problem(
        input, Array(0..<12), k: 10, allowed: nil, firstLabel: 0, capacity: 64)
      #expect(broken != nil, "\(level) \(metric): a scan without bounds went unnoticed")
    }
  }
}
