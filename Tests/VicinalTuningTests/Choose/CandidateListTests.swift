import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("CandidateList")
struct CandidateListTests {
  private func budget(_ text: String, isMappable: Bool = false) throws -> Budget {
    var budget = Budget()
    budget.indexMemory = try MemorySize(parsing: text)
    budget.isMemoryMappable = isMappable
    return budget
  }

  @Test("every family is there, and AutoFaiss's choice")
  func families() throws {
    let all = CandidateList.all(
      count: 100_000, dimension: 512, metric: .l2, budget: try budget("16G"))
    let keys = Set(all.map(\.spec.factoryString))
    for key in [
      "Flat", "HNSW16,Flat", "HNSW32,Flat", "HNSW32,SQ8", "IVF1024,Flat", "IVF2048,Flat",
      "IVF1024,SQ8", "IVF1024,PQ256x4fs,RFlat", "IVF1024,PQ256x4fs,Refine(SQ8)",
      "IVF1024,RaBitQ,RFlat", "IVF1024,PQ64", "OPQ64_448,IVF1024_HNSW32,PQ64",
      "PCAR256,IVF1024,Flat", "PCAR256,HNSW32,Flat,RFlat",
    ] {
      #expect(keys.contains(key), "\(key)")
    }
    #expect(keys.count == all.count)
    #expect(all.map(\.fileBytes) == all.map(\.fileBytes).sorted())
  }

  @Test("where the usual lists cannot be trained, fewer are considered", arguments: [1, 2, 4, 32])
  func trainable(gigabytes: Int) throws {
    var budget = try budget("500M")
    budget.trainingMemory = MemorySize(bytes: gigabytes << 30)
    let keys = CandidateList.all(count: 20_000_000, dimension: 128, metric: .l2, budget: budget)
      .map(\.spec.factoryString)
    #expect(keys.contains("IVF65536_HNSW32,PQ16"))
    let fewer = [1: "IVF8192,PQ16", 2: "IVF16384_HNSW32,PQ16", 4: "IVF32768_HNSW32,PQ16"]
    for (memory, key) in fewer {
      #expect(keys.contains(key) == (memory == gigabytes), "\(key)")
    }
  }

  @Test("what is mapped has lists; cosine is scaled in front", arguments: [900, 50_000, 2_000_000])
  func restricted(count: Int) throws {
    let mapped = CandidateList.all(
      count: count, dimension: 64, metric: .l2, budget: try budget("16G", isMappable: true))
    #expect(!mapped.isEmpty)
    for candidate in mapped {
      guard case .ivf = candidate.spec.core else {
        Issue.record("\(candidate.spec)")
        continue
      }
    }
    let scaled = CandidateList.all(
      count: count, dimension: 64, metric: .innerProduct, isNormalized: true,
      budget: try budget("16G"))
    #expect(!scaled.isEmpty && scaled.allSatisfy { $0.spec.isNormalizing })
  }

  @Test("only what fits is offered; the error says what would do, and that is true")
  func bounds() throws {
    for (count, dimension) in [(300, 8), (20_000, 96), (3_000_000, 256), (40_000_000, 100)] {
      for isMappable in [false, true] {
        var budget = try budget("1B", isMappable: isMappable)
        let context = "\(count) × \(dimension), mappable \(isMappable)"
        let nothing = budget
        let error = #expect(throws: IndexError.self) {
          try CandidateList.fitting(
            count: count, dimension: dimension, metric: .l2, budget: nothing)
        }
        let said = error?.message.firstMatch(of: #/\((\d+) bytes\)/#)?.output.1
        let least = try #require(said.flatMap { Int($0) }, "\(context)")
        let all = CandidateList.all(
          count: count, dimension: dimension, metric: .l2, budget: budget)
        #expect(all.allSatisfy { $0.boundedBytes >= least })
        budget.indexMemory = MemorySize(bytes: least + least / 100)
        let found = try CandidateList.fitting(
          count: count, dimension: dimension, metric: .l2, budget: budget)
        #expect(!found.isEmpty && found.allSatisfy { $0.boundedBytes <= budget.indexMemory.bytes })
        budget.indexMemory = MemorySize(bytes: least - 1)
        let tooSmall = budget
        expectError(.memoryBound, naming: ["\(least) bytes"], context) {
          _ = try CandidateList.fitting(
            count: count, dimension: dimension, metric: .l2, budget: tooSmall)
        }
      }
    }
    expectError(.insufficientData) {
      _ = try CandidateList.fitting(count: 0, dimension: 4, metric: .l2, budget: Budget())
    }
  }
}
