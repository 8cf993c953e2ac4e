import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("TopKCollector")
struct TopKCollectorTests {
  private let kernels: KernelSet

  init() throws { kernels = try KernelSet() }

  private struct Entry: Equatable {
    var value: Float
    var label: Int64
  }

  private static func best(_ offers: [Entry], _ k: Int, _ isSimilarity: Bool) -> [Entry] {
    let worst: Float = isSimilarity ? -.infinity : .infinity
    let sorted = offers.filter { !$0.value.isNaN && $0.value != worst }.sorted {
      $0.value == $1.value
        ? $0.label < $1.label : isSimilarity ? $0.value > $1.value : $0.value < $1.value
    }
    return (0..<k).map { $0 < sorted.count ? sorted[$0] : Entry(value: worst, label: -1) }
  }

  private static func drain(_ collector: inout TopKCollector) -> [Entry] {
    var values = [Float](repeating: .nan, count: collector.k)
    var labels = [Int64](repeating: 0, count: collector.k)
    var valueSpan = values.mutableSpan
    var labelSpan = labels.mutableSpan
    collector.drain(into: &valueSpan, labels: &labelSpan)
    return zip(values, labels).map { Entry(value: $0, label: $1) }
  }

  @Test(
    "holds the best k whatever the order of the offers", arguments: [false, true],
    KernelSet.available)
  func agrees(isSimilarity: Bool, level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude]
    for seed in UInt64(1)...25 {
      var generator = SplitMix64(seed: seed)
      let k = [1, 2, 7, 31, 32, 33, 40, 100, 1000][generator.integer(below: 9)]
      let count = generator.integer(below: [5, 300, 3000][generator.integer(below: 3)])
      let hasTies = seed % 2 == 0
      var offers = (0..<count).map { index in
        let value =
          hasTies ? Float(generator.integer(below: 20)) - 10 : generator.uniform(-5, 5)
        let label = Int64(index) * 3 - 50
        return Entry(value: value, label: label)
      }
      for index in offers.indices where generator.integer(below: 50) == 0 {
        offers[index].value = special[generator.integer(below: special.count)]
      }
      let expected = Self.best(offers, k, isSimilarity)
      var collector = TopKCollector(k: k, isSimilarity: isSimilarity, kernels: kernels)
      for round in 0..<3 {
        offers.shuffle(using: &generator)
        for offer in offers { collector.offer(offer.value, label: offer.label) }
        #expect(
          Self.drain(&collector) == expected,
          "\(level), seed \(seed), k \(k), \(count) offers, round \(round)")
      }
    }
  }

  @Test("the threshold is the value of the worst entry as soon as there are k, for small k")
  func threshold() {
    var collector = TopKCollector(k: 2, isSimilarity: false, kernels: kernels)
    #expect(collector.threshold == .greatestFiniteMagnitude)
    collector.offer(5, label: 1)
    #expect(collector.threshold == .greatestFiniteMagnitude && collector.count == 1)
    collector.offer(3, label: 2)
    #expect(collector.threshold == 5)
    collector.offer(4, label: 3)
    #expect(collector.threshold == 4)
    // Of equal values the smaller label wins.
    collector.offer(4, label: 4)
    collector.offer(4, label: 0)
    #expect(Self.drain(&collector) == [Entry(value: 3, label: 2), Entry(value: 4, label: 0)])
    #expect(collector.threshold == .greatestFiniteMagnitude && collector.count == 0)
  }

  @Test("for larger k it comes down while offers are cut")
  func largeThreshold() {
    var collector = TopKCollector(k: 100, isSimilarity: true, kernels: kernels)
    for value in 0..<250 { collector.offer(Float(value), label: Int64(value)) }
    #expect(collector.threshold >= 100)
    #expect(Self.drain(&collector).map(\.label) == (150..<250).reversed().map(Int64.init))
  }

  @Test("sorted, falling and constant offers do not go wrong", arguments: KernelSet.available)
  func adversarial(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for k in [1, 32, 33, 128, 129, 500] {
      let orders: [(Int) -> Float] = [
        { Float($0) }, { Float(-$0) }, { _ in 7 }, { Float($0 % 2) }, { Float(abs($0 - 2500)) },
      ]
      for (number, value) in orders.enumerated() {
        let offers = (0..<5000).map { Entry(value: value($0), label: Int64(5000 - $0)) }
        var collector = TopKCollector(k: k, isSimilarity: false, kernels: kernels)
        for offer in offers { collector.offer(offer.value, label: offer.label) }
        #expect(
          Self.drain(&collector) == Self.best(offers, k, false), "k \(k), order \(number)")
      }
    }
  }

  @Test("batches take labels by row or from stored ids")
  func batches() {
    let values: [Float] = [4, 1, .nan, 3, 2]
    let rows: [Int32] = [0, 2, 3, 5, 9]
    var collector = TopKCollector(k: 3, isSimilarity: false, kernels: kernels)
    collector.offer(values.span, rows: rows.span, count: 4, firstLabel: 100)
    #expect(Self.drain(&collector).map(\.label) == [102, 105, 100])
    // Ids may lie at odd addresses.
    var bytes: [UInt8] = [255]
    for row in 0..<10 {
      let id = UInt64(bitPattern: Int64(row) * -1_000_000_007)
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: id >> shift))
      }
    }
    let ids = bytes.span.rawBytes.extracting(1..<bytes.count)
    collector.offer(values.span, rows: rows.span, count: 5, ids: ids)
    #expect(
      Self.drain(&collector).map(\.label) == [2, 9, 5].map { $0 * -1_000_000_007 })
  }

  @Test("batches and single offers end alike, also where labels repeat", arguments: [40, 200])
  func batchesForLargerK(k: Int) {
    for seed in UInt64(1)...20 {
      var generator = SplitMix64(seed: seed)
      var (whole, single) = (
        TopKCollector(k: k, isSimilarity: false, kernels: kernels),
        TopKCollector(k: k, isSimilarity: false, kernels: kernels)
      )
      var offers: [Entry] = []
      for _ in 0..<10 {
        let values = (0..<100).map { _ in Float(generator.integer(below: 8)) }
        let rows = (0..<100).map { _ in Int32(generator.integer(below: 300)) }
        let first = Int64(generator.integer(below: 1000))
        whole.offer(values.span, rows: rows.span, count: 100, firstLabel: first)
        for (value, row) in zip(values, rows) {
          single.offer(value, label: first + Int64(row))
          offers.append(Entry(value: value, label: first + Int64(row)))
        }
      }
      let expected = Self.best(offers, k, false)
      let results = (Self.drain(&whole), Self.drain(&single))
      #expect(results.0.elementsEqual(expected), "seed \(seed)")
      #expect(results.1.elementsEqual(expected), "seed \(seed)")
    }
  }

  @Test("fills the row of a query in a result")
  func result() {
    var result = Neighbors(empty: 3, k: 4, metric: .innerProduct)
    var collector = TopKCollector(k: 2, isSimilarity: true, kernels: kernels)
    collector.offer(1, label: 8)
    collector.drain(into: &result, query: 1)
    #expect(result.ids == [-1, -1, -1, -1, 8, -1, -1, -1, -1, -1, -1, -1])
    #expect(result.distances[4] == 1 && result.distances[5] == -.infinity)
  }
}
