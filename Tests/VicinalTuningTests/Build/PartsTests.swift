import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Parts of a source")
struct PartsTests {
  @Test("are consecutive, none is empty, and the first are longer by one")
  func ranges() {
    for count in [1, 2, 3, 10, 99, 100] {
      for parts in [1, 2, 3, 7, 100, 1000] {
        let ranges = IndexParts.ranges(count, parts: parts)
        #expect(ranges.count == min(parts, count))
        #expect(ranges.flatMap { $0 } == Array(0..<count))
        let sizes = ranges.map(\.count)
        #expect(sizes == sizes.sorted(by: >) && sizes[0] - sizes[sizes.count - 1] <= 1)
      }
    }
    #expect(IndexParts.ranges(0, parts: 3) == [0..<0])
  }

  @Test("are named as AutoFaiss names them")
  func suffixes() {
    #expect(IndexParts.suffixes(1) == [""])
    #expect(IndexParts.suffixes(3) == ["0", "1", "2"])
    #expect(IndexParts.suffixes(10)[9] == "09")
    #expect(IndexParts.suffixes(12)[0] == "00" && IndexParts.suffixes(12)[11] == "11")
  }

  @Test("are read as those rows of the source, whatever its batches")
  func slices() throws {
    let vectors = DataShape.uniform.make(97, dimension: 3, seed: 5)
    for chunk in [1, 10, 97] {
      let source = ChunkedSource(vectors: vectors, chunk: chunk)
      for range in [0..<97, 0..<0, 5..<6, 30..<71, 90..<97] {
        let slice = try EmbeddingSlice(source, range)
        #expect(try slice.load() == vectors.rows(range).values, "\(chunk) \(range)")
        #expect(slice.count == range.count)
        if range.count > 3 {
          #expect(
            try slice.vectors([1, 3])
              == source.vectors([range.lowerBound + 1, range.lowerBound + 3]))
        }
      }
      #expect(try EmbeddingSlice(source, 4..<9).place(of: 2).contains("6"))
      expectError(.invalidArgument, naming: ["98"]) {
        _ = try EmbeddingSlice(source, 3..<98)
      }
    }
  }

  @Test("keep their own errors when they end early")
  func errorsInSlices() throws {
    let source = ChunkedSource(
      vectors: DataShape.uniform.make(40, dimension: 2, seed: 6), chunk: 7)
    expectError(.notFound, naming: ["mine"]) {
      try EmbeddingSlice(source, 3..<20).forEachBatch(rows: 5) { _, first throws(IndexError) in
        if first > 10 { throw IndexError(.notFound, "mine") }
      }
    }
  }

  @Test("of a partitioned build have different names")
  func partitions() throws {
    let plans = try PartitionPlan.plans(for: ["a/x/", "s3://b/y"], output: "out/")
    #expect(plans.map(\.indexPath) == ["out/x/knn.index", "out/y/knn.index"])
    #expect(plans.map(\.infosPath)[1] == "out/y/index_infos.json")
    expectError(.invalidArgument, naming: ["a/x"]) {
      _ = try PartitionPlan.plans(for: ["a/x", "b/x/"], output: "out")
    }
    expectError(.invalidArgument, naming: ["no partitions"]) {
      _ = try PartitionPlan.plans(for: [], output: "o")
    }
    expectError(.invalidArgument, naming: ["name"]) {
      _ = try PartitionPlan.plans(for: ["/"], output: "o")
    }
  }
}

@Suite("Plans of memory")
struct MemoryPlanTests {
  private func plan(_ bound: Int, _ key: String, _ count: Int = 1_000_000) throws -> MemoryPlan {
    try MemoryPlan(
      bound: MemorySize(bytes: bound), spec: IndexSpec(parsing: key), count: count, dimension: 128,
      isAccelerated: false)
  }

  @Test(
    "keep the index, the work and the process within the bound",
    arguments: [
      "IVF1024,Flat", "IVF1024,SQ8", "IVF4096_HNSW32,PQ32", "Flat", "HNSW32",
      "OPQ16_64,IVF1024,PQ16",
    ])
  func withinBound(key: String) throws {
    var fitting = 0
    for shift in 24..<38 {
      let bound = 1 << shift
      guard let plan = try? plan(bound, key) else { continue }
      fitting += 1
      #expect(plan.indexMemory.bytes + plan.work.bytes + MemoryPlan.processBytes <= bound)
      #expect(plan.work.bytes > 0 && plan.partRows >= 1)
      #expect(plan.isOnDisk == (plan.partRows < 1_000_000))
    }
    #expect(fitting >= 5)
  }

  @Test("leave training what it needs, however much that is")
  func muchTraining() throws {
    let spec = try IndexSpec(parsing: "IVF65536_HNSW32,PQ16")
    let plan = try plan(32 << 30, "\(spec)", 20_000_000)
    // 31 vectors for each list, in five copies.
    #expect(plan.work.bytes >= 65_536 * 31 * 128 * 4 * 5)
  }

  @Test("count what linking a graph holds beside it")
  func linking() throws {
    let bound = 4 << 30
    let plan = try plan(bound, "IDMap,HNSW32", 4_000_000)
    #expect(plan.work.bytes >= 4_000_000 * 64)
    expectError(.memoryBound, naming: ["HNSW32"]) {
      _ = try self.plan(
        plan.indexMemory.bytes + MemoryPlan.processBytes + 3_000_000 * 64, "IDMap,HNSW32",
        4_000_000)
    }
  }

  @Test("say the least that would do", arguments: ["IVF1024,Flat", "HNSW32", "Flat"])
  func least(key: String) throws {
    let error = #expect(throws: IndexError.self) { try plan(1 << 20, key) }
    let message = try #require(error).message
    let digits = message.split(separator: "(")[1].prefix { $0.isNumber }
    let least = try #require(Int(digits))
    #expect(try plan(least + (1 << 20), key).bound.bytes == least + (1 << 20))
    expectError(.memoryBound, naming: ["current-memory-available"]) {
      _ = try plan(least - (1 << 20), key)
    }
  }
}
