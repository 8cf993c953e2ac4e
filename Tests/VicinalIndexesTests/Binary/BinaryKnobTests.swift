import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Knobs of binary indexes")
struct BinaryKnobTests {
  private func samples() throws -> [(any BinaryIndex, [String])] {
    let graph = try BinaryHNSWIndex(dimension: 32, links: 8)
    let lists = try BinaryIVFIndex(dimension: 32, listCount: 9, coarse: graph)
    return [
      (try BinaryFlatIndex(dimension: 32), []),
      (graph, ["efSearch", "efConstruction"]),
      (lists, ["nprobe", "quantizer_efSearch", "quantizer_efConstruction", "ratio"]),
      (
        try BinaryIDMapIndex(lists, isReversible: true),
        ["nprobe", "quantizer_efSearch", "quantizer_efConstruction", "ratio"]
      ),
      (try BinaryHashIndex(dimension: 32, hashBits: 12), ["nflip"]),
      (try BinaryMultiHashIndex(dimension: 32, tableCount: 2, hashBits: 9), ["nflip"]),
      (
        try BinaryFromFloatIndex(
          IndexSpec(parsing: "IVF4,Flat").makeIndex(dimension: 32, metric: .l2)),
        ["nprobe", "max_codes", "ratio"]
      ),
    ]
  }

  @Test("every kind lists its own, and each can be set to what it may be")
  func settings() throws {
    for (made, names) in try samples() {
      let kind = "\(type(of: made))"
      #expect(made.availableKnobs.map(\.name) == names, "\(kind)")
      for name in names {
        var index = made
        let wanted = name == "ratio" ? 0.5 : 7.0
        try KnobSettings([.init(name, wanted)]).apply(to: &index)
        for knob in index.availableKnobs {
          let before = made.availableKnobs.first { $0.name == knob.name }
          #expect(
            knob.value == (knob.name == name ? wanted : before?.value), "\(kind) \(knob.name)")
        }
      }
    }
  }

  @Test("aliases reach the graph over the cells")
  func aliases() throws {
    var index = try samples()[3].0
    try KnobSettings(parsing: "efSearch=33,nprobe=4").apply(to: &index)
    #expect(index.availableKnobs.map(\.value) == [4, 33, 40, 0])
    expectError(.invalidSpecification, naming: ["twice"]) {
      try KnobSettings(parsing: "efSearch=3,quantizer_efSearch=3").apply(to: &index)
    }
    #expect(index.availableKnobs.map(\.value) == [4, 33, 40, 0])
  }

  @Test("what cannot be set is refused, and then nothing is")
  func refused() throws {
    let samples = try samples()
    let cases: [(Int, String, IndexError.Code, [String])] = [
      (0, "nprobe=2", .unsupported, ["no search parameters"]),
      (1, "nprobe=2", .unsupported, ["efSearch"]),
      (2, "nprobe=3,efSearch=0", .invalidArgument, ["1…"]),
      (2, "nprobe=3,max_codes=9", .unsupported, ["nprobe"]),
      (4, "nflip=13", .invalidArgument, ["0…12", "13"]),
      (4, "nflip=0.5", .invalidArgument, ["whole"]),
      (5, "nflip=10", .invalidArgument, ["0…9"]),
      (5, "nflip=-1", .invalidArgument, ["-1"]),
      (6, "nprobe=2,ht=3", .unsupported, ["nprobe"]),
      (6, "speed=3", .invalidSpecification, ["speed", "nflip"]),
    ]
    for (number, text, code, words) in cases {
      var index = samples[number].0
      expectError(code, naming: words, text) { try KnobSettings(parsing: text).apply(to: &index) }
      #expect(index.availableKnobs == samples[number].0.availableKnobs, "\(text)")
    }
  }
}
