import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IndexSpec: factory strings")
struct IndexSpecTests {
  /// Every shape of index, with numbers at their limits.
  static let cores: [IndexSpec] =
    [.flat] + [2, 15, 32, 1024].map { .hnsw(links: $0) }
    + [1, 100, 65_536, 1 << 30].flatMap { lists in
      [.ivf(listCount: lists, coarse: .flat)]
        + [2, 32, 1024].map { .ivf(listCount: lists, coarse: .hnsw(links: $0)) }
    }

  static let all: [IndexSpec] = (cores + cores.map { .normalized($0) }).flatMap { spec in
    [spec, .idMap(spec, isReversible: false), .idMap(spec, isReversible: true)]
  }

  @Test("every specification prints a string that parses back to it, and is coded as it")
  func roundTrip() throws {
    #expect(Self.all.count == 126)
    for spec in Self.all {
      try spec.validate()
      #expect(try IndexSpec(parsing: spec.factoryString) == spec)
      #expect(spec.description == spec.factoryString)
      let data = try JSONEncoder().encode([spec])
      #expect(String(decoding: data, as: UTF8.self) == "[\"\(spec.factoryString)\"]")
      #expect(try JSONDecoder().decode([IndexSpec].self, from: data) == [spec])
      #expect(Self.cores.contains(spec.core))
    }
    #expect(Set(Self.all.map(\.factoryString)).count == 126)
  }

  @Test(
    "faiss's other spellings",
    arguments: [
      ("HNSW", "HNSW32,Flat"), ("HNSW16", "HNSW16,Flat"), ("HNSW,Flat", "HNSW32,Flat"),
      ("IVF100(HNSW16),Flat", "IVF100_HNSW16,Flat"), ("IVF100(Flat),Flat", "IVF100,Flat"),
      ("IVF100_HNSW,Flat", "IVF100_HNSW32,Flat"), ("L2Norm,Flat", "L2norm,Flat"),
      ("IDMap,L2norm,IVF7(HNSW),Flat", "IDMap,L2norm,IVF7_HNSW32,Flat"),
      ("IVF0100,Flat", "IVF100,Flat"), ("HNSW8_FlatPanorama", "HNSW8,FlatPanorama8"),
      ("IVF8,FlatPanorama", "IVF8,FlatPanorama8"), ("RaBitQfs1_32", "RaBitQfs"),
      ("SQ8,Refine(FlatL2Panorama4_1)", "SQ8,RefinePanorama(FlatL2Panorama4_1)"),
    ])
  func spellings(text: String, printed: String) throws {
    #expect(try IndexSpec(parsing: text).factoryString == printed)
  }

  @Test(
    "words of codecs and layouts print as they are read",
    arguments: [
      "RaBitQfs", "RaBitQfs4", "RaBitQfs_64", "IVF8,RaBitQfs4_96", "RR,IVF8,RaBitQfs9",
      "FlatL2Panorama4", "FlatIPPanorama3_32", "IVF8,FlatPanorama4", "IVF8_HNSW16,FlatPanorama4_7",
      "HNSW8,FlatPanorama4", "SQ4,RefinePanorama(FlatL2Panorama4_1)", "IDMap,PCA8,FlatL2Panorama2",
    ])
  func roundTrip(text: String) throws {
    let spec = try IndexSpec(parsing: text)
    #expect(spec.factoryString == text)
    let metric: Metric = text.hasPrefix("FlatIP") ? .innerProduct : .l2
    let index = try spec.makeIndex(dimension: 16, metric: metric)
    #expect(index.dimension == 16 && index.count == 0)
  }

  @Test("layouts that do not fit are refused when parsed or built")
  func layouts() throws {
    for text in [
      "FlatL2Panorama", "FlatL2Panorama0", "FlatL2Panorama_32", "FlatL2Panorama4_0",
      "FlatPanorama4",
      "HNSW8,FlatPanorama4_32", "SQ8,RefinePanorama(SQ8)", "RaBitQfs_48", "RaBitQfs10",
    ] {
      expectError(.invalidSpecification, text) { _ = try IndexSpec(parsing: text) }
    }
    let flat = try IndexSpec(parsing: "FlatL2Panorama4")
    expectError(.invalidSpecification) {
      _ = try flat.makeIndex(dimension: 8, metric: .innerProduct)
    }
    expectError(.invalidArgument) { _ = try flat.makeIndex(dimension: 3, metric: .l2) }
    expectError(.unsupported) {
      _ = try IndexSpec(parsing: "HNSW8,FlatPanorama4")
        .makeIndex(dimension: 8, metric: .innerProduct)
    }
  }

  @Test(
    "what is not understood is an invalid specification, never a crash",
    arguments: [
      "", " ", ",", "Flat,", ",Flat", "Flat,Flat", "flat", "Flat ", "Flat\0", "FLAT", "IDMap",
      "IDMap,", "IDMap2", "L2norm", "IDMap,IDMap,Flat", "IDMap2,IDMap,Flat", "L2norm,IDMap,Flat",
      "HNSW0", "HNSW1", "HNSW1025", "HNSW-1", "HNSW32.5", "HNSWx",
      "HNSW99999999999999999999", "HNSW16,Flat,Flat", "IVF", "IVF,Flat", "IVF10",
      "IVF0,Flat", "IVF-5,Flat", "IVF1073741825,Flat", "IVF99999999999999999999999,Flat",
      "IVF10,", "IVF10,flat", "IVF10,Flat,Flat", "IVF10_,Flat", "IVF10(),Flat", "IVF10(HNSW16,Flat",
      "IVF10HNSW16),Flat", "IVF10_HNSW1,Flat", "IVF10_HNSW9999,Flat", "IVF10_Flatty,Flat",
      "IVF１0,Flat", "IVF٣,Flat", "IVF10_HNSW٣,Flat", "Ünï", "\u{1F600}", "IVF10;Flat",
      "IVF10(HNSW16)x,Flat", "IVF10__HNSW16,Flat", "IDMap,IVF10", "FlatDedup", "HNSW8,FlatDedup",
      "IVF10,FlatDedup2", "IVF10,FlatDedup,Flat", "IVF10(IDMap,Flat),Flat",
      "IVF10(Flat,IDMap2),Flat",
      "IVF10(PQ4x4, RFlat),Flat", "IVF10(RFlat),Flat", "IVF10(PQ4,Refine(HNSW8)),Flat",
      "IVF10(Refine(Flat)),Flat", "IVF10(FlatL2),Flat", "IVF10(PQ4x4fsr),Flat", "(Flat),RFlat",
    ])
  func invalid(text: String) {
    expectError(.invalidSpecification, "'\(text)'") { _ = try IndexSpec(parsing: text) }
    let json = try? JSONEncoder().encode([text])
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode([IndexSpec].self, from: json ?? Data())
    }
  }

  @Test(
    "errors point at the part that is wrong",
    arguments: [
      ("HNSW0", 5), ("HNSW1", 5), ("HNSW1025,Flat", 5), ("HNSWx", 5), ("IDMap,HNSW1", 11),
      ("PCA8,HNSW1,Flat", 10), ("IVF16_HNSW0,Flat", 11), ("IVF16_HNSW1,Flat", 11),
      ("IVF16(HNSW1),Flat", 11), ("IVF16_HNSWx,Flat", 11), ("IVF0,Flat", 4),
      ("IDMap,IVF0,Flat", 10), ("IVF16(IDMap,Flat),Flat", 7), ("HNSW32_SQ9", 8),
      ("HNSW32,PQ8+16", 8), ("PQ8+16", 1), ("IDMap,IDMap,Flat", 7), ("Flat,IDMap,IDMap", 12),
      ("L2norm,IDMap,Flat", 8), ("Flat,Refine(HNSW8)", 6), ("IVF16(RCQ2x3),Flat", 7),
      ("IDMap,RCQ2x3", 7),
      ("RCQ2x3,RFlat", 8), ("PCA8,RCQ2x3", 6), ("RCQ2x", 1), ("RCQ2x16", 1), ("RCQ2x3,Flat", 8),
    ])
  func places(text: String, character: Int) {
    let error = #expect(throws: IndexError.self) { try IndexSpec(parsing: text) }
    let start = "'\(text)', character \(character): "
    #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
    // The place is told once.
    #expect(error?.message.components(separatedBy: "character").count == 2)
  }

  @Test(
    "what faiss takes in parentheses and in lists is taken, and prints as it is read",
    arguments: [
      "IVF16(PQ4x4,RFlat),Flat", "IVF16(Flat,RFlat),Flat", "IVF16(IVF4,PQ4np,RFlat),Flat",
      "IVF16(IVF4,PQ4np,Refine(SQ8)),PQ4np", "IVF16(PCA8,IVF4,SQ8,RFlat),SQ8",
      "IVF16(IVF4(IVF2,Flat),Flat),Flat", "IVF16(OPQ4,PQ4np),Flat", "IVF16(L2norm,HNSW8,Flat),Flat",
      "IVF16(HNSW8,SQ8,RFlat),PQ4x4fs", "IVF16(PQ4x4fs,RFlat),Flat", "IVF16(RaBitQ,RFlat),RaBitQ",
      "PCA8,IVF16(PQ4x4,RFlat),Flat", "IVF16(PQ4x4,RFlat),PQ4np,RFlat", "IVF16(PQ4x4,RFlat),RQ2x4",
      "IVF16(SQ8,Refine(PQ4np)),Flat", "IDMap2,IVF16(PQ4x4,RFlat),Flat", "IVF16,FlatDedup",
      "IVF16_HNSW8,FlatDedup", "IMI2x2,FlatDedup", "IVF16(PQ4x4,RFlat),FlatDedup",
      "PCA8,IVF16(LSH,RFlat),FlatDedup,RFlat", "RCQ2x3", "IVF16(RCQ2x2),Flat",
      "IVF128(RCQ1x4_1x3),PQ4x4fs", "IDMap,PCA8,IVF64(RCQ3x2),SQ8,RFlat",
    ])
  func nested(text: String) throws {
    let spec = try IndexSpec(parsing: text)
    #expect(spec.description == text)
    #expect(try IndexSpec(parsing: "\(spec)") == spec)
    let json = try JSONEncoder().encode([spec])
    #expect(try JSONDecoder().decode([IndexSpec].self, from: json) == [spec])
    #expect(spec.byteCount(count: 100, dimension: 16, isAccelerated: false) > 100)
    #expect(try spec.makeIndex(dimension: 16, metric: .l2).dimension == 16)
  }

  @Test("long chains of wrappers are refused")
  func deepNesting() {
    for part in ["IDMap,", "IDMap2,", "L2norm,"] {
      let text = String(repeating: part, count: 100_000) + "Flat"
      expectError(.invalidSpecification) { _ = try IndexSpec(parsing: text) }
    }
  }

  @Test(
    "what faiss knows and this version does not is unsupported",
    arguments: [
      "NSG32", "RQ4x4fs", "LSQ4x4fs", "IVF10,RQ4x4fsr", "IVF10_NSG16,Flat", "ZnLattice4x3_2",
      "MinMax,SQ8", "EDEN4", "SQtq4", "BFlat", "BIVF16", "BHNSW16", "BHash12",
    ])
  func planned(text: String) {
    expectError(.unsupported, naming: [text], text) { _ = try IndexSpec(parsing: text) }
  }

  @Test(
    "parts that faiss allows at the end, and this version does not, are unsupported",
    arguments: [
      "HNSW32,EDEN4", "HNSW32,NSG8", "IVF10,Flat,SH", "Flat,MinMax",
      "PQ8,PRQ2x4x4fs",
    ])
  func plannedAtTheEnd(text: String) {
    expectError(.unsupported, text) { _ = try IndexSpec(parsing: text) }
  }

  @Test("numbers outside their ranges are found before anything is built")
  func ranges() {
    let wrong: [IndexSpec] = [
      .hnsw(links: 1), .hnsw(links: .max), .ivf(listCount: 0, coarse: .flat),
      .ivf(listCount: .max, coarse: .flat), .ivf(listCount: 5, coarse: .hnsw(links: 0)),
      .normalized(.hnsw(links: 0)), .idMap(.hnsw(links: -4), isReversible: true),
    ]
    for spec in wrong {
      expectError(.invalidSpecification, "\(spec)") { try spec.validate() }
      expectError(.invalidSpecification, "\(spec)") {
        _ = try spec.makeIndex(dimension: 4, metric: .l2)
      }
    }
  }

  @Test("makeIndex makes what the string says; impossible dimensions and metrics are refused")
  func making() throws {
    for name in ["Flat", "HNSW16,Flat", "IVF9,Flat", "IVF9_HNSW8,Flat", "IDMap2,L2norm,IVF9,Flat"] {
      let spec = try IndexSpec(parsing: name)
      let index = try spec.makeIndex(dimension: 6, metric: .innerProduct)
      #expect(index.dimension == 6 && index.count == 0 && index.metric == .innerProduct)
      #expect(index.isTrained == !(index.core is IVFIndex), "\(name)")
      for dimension in [0, -1, IndexSpec.largestDimension + 1] {
        expectError(.invalidArgument, naming: ["\(dimension)"]) {
          _ = try spec.makeIndex(dimension: dimension, metric: .l2)
        }
      }
      if name != "Flat" {
        expectError(.unsupported) { _ = try spec.makeIndex(dimension: 6, metric: .l1) }
      }
    }
    let lists = try IndexSpec(parsing: "IVF9_HNSW8,Flat").makeIndex(dimension: 6, metric: .l2)
    #expect(((lists as? IVFIndex)?.coarse as? HNSWIndex)?.links == 8)
    #expect(try IndexSpec.flat.makeIndex(dimension: 6, metric: .l1).metric == .l1)
  }
}
