import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("The memory bound is strict")
struct StrictBoundTests {
  @Test(
    "no choice of the table is above the bound, and there is one whenever a flat index fits",
    arguments: [1, 2, 3] as [UInt64])
  func predicted(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<3000 {
      let count = 1 + generator.integer(below: 1 << (1 + generator.integer(below: 31)))
      let dimension = 1 + generator.integer(below: 1 << (1 + generator.integer(below: 11)))
      let bytes = Int(Double(count * dimension * 4) * Double(generator.uniform(0.5, 2.5))) + 1
      var budget = Budget()
      budget.indexMemory = MemorySize(bytes: bytes)
      budget.isMemoryMappable = generator.integer(below: 2) == 1
      let context = "n \(count), d \(dimension), bound \(bytes), seed \(seed)"
      do throws(IndexError) {
        let choice = try TableSelection.choose(
          count: count, dimension: dimension, metric: .l2, budget: budget)
        #expect(choice.predictedBytes <= bytes, "\(context): \(choice)")
        #expect(choice.predictedFileBytes <= bytes, "\(context): \(choice)")
      } catch {
        #expect(error.code == .memoryBound, "\(context): \(error)")
        let flat = IndexSpec.flat.byteCount(
          count: count, dimension: dimension, isAccelerated: false)
        #expect(budget.isMemoryMappable || Double(bytes) < flat + 64, "\(context): \(error)")
      }
    }
  }

  @Test(
    "no index that the bound admits takes more memory when it is built",
    arguments: ["Flat", "HNSW8,Flat", "HNSW32,Flat", "IVF16,Flat", "IVF128,Flat", "IDMap2,Flat"],
    [false, true])
  func built(name: String, isAccelerated: Bool) throws {
    let spec = try IndexSpec(parsing: name)
    let (count, dimension) = (6000, 16)
    let rows = DataShape.clustered.make(count, dimension: dimension, seed: 91)
    let predicted = spec.byteCount(
      count: count, dimension: dimension, isAccelerated: isAccelerated)
    var budget = Budget()
    budget.indexMemory = MemorySize(bytes: Int(predicted.rounded(.up)))
    let choice = try TableSelection.fit(
      spec, count: count, dimension: dimension, budget: budget)
    #expect(choice.isAccelerated == isAccelerated)
    for work in [1 << 20, 1 << 30] {
      let index = try IndexBuilder(
        spec: spec, metric: .l2, isAccelerated: isAccelerated,
        workMemory: MemorySize(bytes: work)
      ).build(from: rows.source()).index
      #expect(
        index.byteCount <= budget.indexMemory.bytes,
        "\(name), accelerated \(isAccelerated), work memory \(work), \(rows)")
    }
  }
}
