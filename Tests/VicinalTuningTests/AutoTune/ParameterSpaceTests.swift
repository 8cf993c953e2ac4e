import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Parameter space")
struct ParameterSpaceTests {
  private func index(_ key: String) throws -> any VectorIndex {
    try IndexSpec(parsing: key).makeIndex(dimension: 8, metric: .l2)
  }

  @Test("an index has faiss's combinations under faiss's names, behind id maps too")
  func faiss() throws {
    for golden in try FaissAutoTune.load().spaces {
      for key in [golden.key, "IDMap,\(golden.key)", "L2norm,\(golden.key)"] {
        let space = ParameterSpace(of: try index(key))
        #expect(space.combinationCount == golden.names.count, "\(key)")
        let names = try golden.names.indices.map { "\(try space.settings(of: $0))" }
        #expect(names == golden.names, "\(key)")
      }
      let space = ParameterSpace(of: try index(golden.key))
      for (row, values) in golden.at_least.enumerated() {
        for (column, expected) in values.enumerated() {
          let isAtLeast = space.isAtLeast(2 * row, 3 * column)
          #expect(isAtLeast == expected, "\(golden.key) \(2 * row) \(3 * column)")
        }
      }
    }
  }

  @Test("combinations are set by number and by text")
  func setting() throws {
    var index = try index("IDMap,IVF20_HNSW8,Flat")
    var space = ParameterSpace(of: index)
    try space.setParameters(of: &index, combination: space.combinationCount - 1)
    #expect(index.availableKnobs.prefix(2).map(\.value) == [16, 512])
    try ParameterSpace.setParameters(of: &index, "quantizer_efSearch=33,nprobe=5")
    #expect(index.availableKnobs.prefix(2).map(\.value) == [5, 33])
    space.setRange("nprobe", [3, 7])
    space.setRange("quantizer_efSearch", [9])
    #expect(space.combinationCount == 2)
    try space.setParameters(of: &index, combination: 1)
    #expect(index.availableKnobs.prefix(2).map(\.value) == [7, 9])
    for number in [-1, 2, Int.max] {
      expectError(.invalidArgument) {
        try space.setParameters(of: &index, combination: number)
      }
    }
    space.setRange("ht", [3])
    expectError(.unsupported, naming: ["ht", "nprobe, quantizer_efSearch"]) {
      try space.setParameters(of: &index, combination: 0)
    }
    #expect(index.availableKnobs.prefix(2).map(\.value) == [7, 9])
    space.setRange("ht", [])
    #expect(space.combinationCount == 0)
    expectError(.invalidArgument) { _ = try space.settings(of: 0) }
  }

  @Test("huge spaces are counted without overflow")
  func huge() {
    let range = ParameterRange("nprobe", Array(repeating: 1, count: 1 << 20))
    #expect(ParameterSpace(Array(repeating: range, count: 4)).combinationCount == .max)
  }

  @Test("bounds follow from combinations that are more or less thorough")
  func bounds() {
    let space = ParameterSpace([
      ParameterRange("nprobe", [1, 2, 4]), ParameterRange("ht", [1, 2]),
    ])
    func point(_ combination: Int, _ performance: Double, _ seconds: Double) -> OperatingPoint {
      OperatingPoint(
        performance: performance, seconds: seconds, key: "", combination: combination)
    }
    // 1 is nprobe 2, ht 1; 4 is nprobe 2, ht 2; 2 is nprobe 4, ht 1.
    let points = [point(1, 0.5, 2), point(4, 0.75, 4), point(-1, 0, 0)]
    #expect(space.bounds(of: 0, from: points) == (0.5, 0))
    #expect(space.bounds(of: 1, from: points) == (0.5, 2))
    #expect(space.bounds(of: 2, from: points) == (1, 2))
    #expect(space.bounds(of: 3, from: points) == (0.75, 0))
    #expect(space.bounds(of: 5, from: points) == (1, 4))
  }

  @Test("a space prints and is stored")
  func shown() throws {
    let space = ParameterSpace(
      [ParameterRange("nprobe", [1, 16]), ParameterRange("max_codes", [256, .infinity])])
    #expect(
      space.description == """
        ParameterSpace, 2 parameters, 4 combinations:
           nprobe: [1, 16]
           max_codes: [256, inf]

        """)
    #expect(try "\(space.settings(of: 2))" == "nprobe=1,max_codes=inf")
    let plain = ParameterSpace([ParameterRange("nprobe", [1, 16])])
    let data = try JSONEncoder().encode(plain)
    #expect(try JSONDecoder().decode(ParameterSpace.self, from: data) == plain)
  }
}
