import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Knobs: search parameters by name")
struct KnobTests {
  private func index(_ key: String) throws -> any VectorIndex {
    try IndexSpec(parsing: key).makeIndex(dimension: 4, metric: .l2)
  }

  @Test("indexes have faiss's parameters")
  func names() throws {
    let ofIVF: [Double] = [1, 2, 4, 8, 16]
    let ofHNSW: [Double] = [4, 8, 16, 32, 64, 128, 256, 512]
    let expected: [(String, [(String, [Double])])] = [
      ("Flat", []), ("IVF20,Flat", [("nprobe", ofIVF)]), ("IVF16,Flat", [("nprobe", ofIVF)]),
      ("IVF1,Flat", [("nprobe", [1])]), ("HNSW8", [("efSearch", ofHNSW)]),
      ("IVF20_HNSW8,Flat", [("nprobe", ofIVF), ("quantizer_efSearch", ofHNSW)]),
      ("IDMap2,L2norm,IVF20,Flat", [("nprobe", ofIVF)]), ("L2norm,Flat", []),
      ("IVF100000,Flat", [("nprobe", (0...12).map { Double(1 << $0) })]),
    ]
    for (key, knobs) in expected {
      let found = try index(key).availableKnobs
      let tried = found.filter { !$0.steps.isEmpty }
      #expect(tried.map(\.name) == knobs.map(\.0), "\(key)")
      #expect(tried.map(\.steps) == knobs.map(\.1), "\(key)")
      #expect(found.contains { $0.name == "max_codes" } == key.contains("IVF"), "\(key)")
    }
    let inner = try IVFIndex(dimension: 4, listCount: 9)
    let nested = try IVFIndex(dimension: 4, listCount: 50, coarse: inner)
    #expect(
      nested.knobs.map(\.name) == [
        "nprobe", "quantizer_nprobe", "quantizer_max_codes", "quantizer_ratio", "max_codes",
        "ratio",
      ])
  }

  @Test("settings are made whatever their order, and a copy keeps its own")
  func setting() throws {
    for text in [
      "nprobe=5,quantizer_efSearch=33", "quantizer_efSearch=33, nprobe=5", "efSearch=33 nprobe=5.0",
      ",nprobe=5e0,,efSearch=33,",
    ] {
      var index = try index("IDMap,L2norm,IVF20_HNSW8,Flat")
      let copy = index
      try KnobSettings(parsing: text).apply(to: &index)
      #expect(index.availableKnobs.map(\.value) == [5, 33, 40, .infinity, 0], "\(text)")
      #expect(copy.availableKnobs.map(\.value) == [1, 16, 40, .infinity, 0], "\(text)")
      let lists = try #require(index.core as? IVFIndex)
      #expect(lists.probes == 5 && (lists.coarse as? HNSWIndex)?.efSearch == 33)
    }
    var graph: any VectorIndex = try index("IVF20_HNSW8,Flat")
    try KnobSettings(parsing: "efConstruction=77").apply(to: &graph)
    #expect(((graph as? IVFIndex)?.coarse as? HNSWIndex)?.efConstruction == 77)
    var nested = try IVFIndex(
      dimension: 4, listCount: 50, coarse: IVFIndex(dimension: 4, listCount: 9))
    try nested.set("quantizer_nprobe", to: 7)
    #expect((nested.coarse as? IVFIndex)?.probes == 7 && nested.probes == 1)
    var flat = try index("Flat")
    try KnobSettings(parsing: "").apply(to: &flat)
  }

  @Test("max_codes is set and lifted")
  func limits() throws {
    var index = try IVFIndex(dimension: 4, listCount: 9)
    try KnobSettings(parsing: "max_codes=300").apply(to: &index)
    #expect(index.maxCodes == 300)
    expectError(.invalidArgument) { try index.set("max_codes", to: 0) }
    expectError(.invalidArgument) { try index.set("max_codes", to: 7.5) }
    try KnobSettings(parsing: "max_codes=1e300").apply(to: &index)
    #expect(index.maxCodes == nil, "more than any list holds")
    try index.set("max_codes", to: 5)
    try index.set("max_codes", to: .infinity)
    #expect(index.maxCodes == nil)
  }

  @Test("a Hamming threshold makes product-quantizer search polysemous, all bits end it")
  func polysemous() throws {
    let rows = DataShape.clustered.make(600, dimension: 8, seed: 251)
    let codec = try ProductQuantizer(dimension: 8, subspaces: 4)
    let lists = try IVFIndex(dimension: 8, listCount: 4, codec: codec, isResidual: true)
    for made in [CodedIndex(codec: codec, metric: .l2), lists] as [any VectorIndex] {
      var index = made
      try index.train(on: rows)
      try index.add(rows)
      let kind = "\(type(of: index))"
      let knob = try #require(index.availableKnobs.first { $0.name == "ht" })
      #expect(knob.value == 32 && knob.steps == [2, 4, 6, 8, 10, 12, 14, 16, 32], "\(kind)")
      let all = try index.search(rows, k: 5)
      var reached: [Int] = []
      for threshold in [1, 8, 16, 31, 32, 0] {
        try KnobSettings(parsing: "ht=\(threshold)").apply(to: &index)
        let found = try index.search(rows, k: 5)
        reached.append(found.ids.count { $0 >= 0 })
        let value = index.availableKnobs.first { $0.name == "ht" }?.value
        let isOff = threshold == 32 || threshold == 0
        #expect(value == (isOff ? 32 : Double(threshold)), "\(kind) ht \(threshold)")
        if isOff { #expect(found == all, "\(kind) ht \(threshold)") }
      }
      #expect(reached == reached.sorted() && reached[0] < reached[4], "\(kind) \(reached)")
      try KnobSettings(parsing: "ht=8").apply(to: &index)
      for refused in ["33", "4000", "-1", "1.5", "inf", "1e300"] {
        expectError(.invalidArgument, naming: ["ht must", "0…32"], "\(kind) ht=\(refused)") {
          try KnobSettings(parsing: "ht=\(refused)").apply(to: &index)
        }
        #expect(index.availableKnobs.first { $0.name == "ht" }?.value == 8, "\(kind) \(refused)")
      }
    }
    let short = try ProductQuantizer(dimension: 8, subspaces: 4, bits: 4)
    #expect(CodedIndex(codec: short, metric: .l2).knobs.isEmpty)
  }

  @Test("settings that cannot be made are refused, and then none is made")
  func refused() throws {
    let cases: [(String, IndexError.Code, [String])] = [
      ("nprobe=3,speed=5", .invalidSpecification, ["speed", "nprobe", "ht"]),
      ("nprobe=3,probes=5", .invalidSpecification, ["probes", "nprobe", "quantizer_efSearch"]),
      ("nprobe=3,ht=5", .unsupported, ["ht", "nprobe, quantizer_efSearch"]),
      ("nprobe=3,quantizer_quantizer_nprobe=5", .unsupported, ["nprobe"]),
      ("nprobe=3,efSearch=0", .invalidArgument, ["quantizer_efSearch", "1…", "got 0"]),
      ("quantizer_efSearch=9,nprobe=2.5", .invalidArgument, ["whole", "2.5"]),
      ("quantizer_efSearch=9,nprobe=inf", .invalidArgument, ["inf"]),
      ("quantizer_efSearch=9,nprobe=-4", .invalidArgument, ["-4"]),
      ("quantizer_efSearch=9,nprobe=1e300", .invalidArgument, ["nprobe"]),
      ("quantizer_efSearch=9,efSearch=9", .invalidSpecification, ["quantizer_efSearch twice"]),
      ("nprobe=3,nprobe=3", .invalidSpecification, ["nprobe twice"]),
      ("nprobe=3,efSearch", .invalidSpecification, ["'efSearch'"]),
      ("nprobe=3,efSearch=", .invalidSpecification, ["'efSearch='"]),
      ("nprobe=3,efSearch=x", .invalidSpecification, ["efSearch=x"]),
      ("nprobe=nan", .invalidSpecification, ["nprobe=nan"]),
      ("nprobe=1=2", .invalidSpecification, ["nprobe=1=2"]),
      ("nprobe=3,quantizer_efSearch=1e400", .invalidArgument, ["inf"]),
      ("nprobe=3,max_codes=0", .invalidArgument, ["max_codes", "1…inf", "got 0"]),
      ("nprobe=3,max_codes=-inf", .invalidArgument, ["max_codes", "-inf"]),
      ("nprobe=3,efConstruction=0", .invalidArgument, ["efConstruction", "1…"]),
      ("nprobe=3,quantizer_efSearch=0x10", .invalidSpecification, ["0x10"]),
      ("nprobe=3,quantizer_efSearch=1_000", .invalidSpecification, ["1_000"]),
      ("nprobe = 3", .invalidSpecification, ["'nprobe'"]),
      ("nprobe=3;efSearch=9", .invalidSpecification, ["nprobe=3;efSearch=9"]),
      ("nprobe=3,=9", .invalidSpecification, ["'=9'"]),
      ("nprobe=3,NPROBE=9", .invalidSpecification, ["NPROBE"]),
      ("nprobe=3,quantizer_=9", .invalidSpecification, ["quantizer_"]),
      ("nprobe=3,quantizer_nprobe=9", .unsupported, ["quantizer_nprobe"]),
      ("nprobe=1e10", .invalidArgument, ["nprobe", "2147483647"]),
    ]
    for (text, code, words) in cases {
      var index = try index("IVF20_HNSW8,Flat")
      expectError(code, naming: words, text) {
        try KnobSettings(parsing: text).apply(to: &index)
      }
      #expect(index.availableKnobs.map(\.value) == [1, 16, 40, .infinity, 0], "\(text)")
    }
    var flat = try index("Flat")
    expectError(.unsupported, naming: ["no search parameters", "FlatIndex"]) {
      try KnobSettings(parsing: "nprobe=3").apply(to: &flat)
    }
    var graph = try HNSWIndex(dimension: 4)
    expectError(.unsupported) { try graph.set("nprobe", to: 3) }
    expectError(.invalidArgument) { try graph.set("efSearch", to: 0.5) }
    #expect(graph.efSearch == 16)
  }

  @Test("settings print as they are read")
  func printing() throws {
    for text in ["", "nprobe=16", "k_factor=1.5,max_codes=inf", "max_codes=524288,ht=40"] {
      let settings = try KnobSettings(parsing: text)
      #expect(settings.description == text)
      #expect(try KnobSettings(parsing: "\(settings)") == settings)
    }
  }
}
