import VicinalCore

/// What factory strings say of a Panorama index beside its kind: `FlatL2Panorama8_32`,
/// `IVF1024,FlatPanorama8_32`, `HNSW32,FlatPanorama8`.
public struct PanoramaSpec: Sendable, Hashable {
  /// Levels and batch; graphs have batches of 1.
  public let layout: PanoramaLayout

  /// Whether a flat index is for the inner product instead of L2: its name says so.
  public let isInnerProduct: Bool

  /// What `layout` a flat index or an inverted file has.
  public init(_ layout: PanoramaLayout, isInnerProduct: Bool = false) {
    self.layout = layout
    self.isInnerProduct = isInnerProduct
  }

  /// Understands `FlatL2Panorama8_32` and `FlatIPPanorama8`; `nil` for other words.
  init?(flat word: Substring) {
    let isInnerProduct = word.hasPrefix("FlatIPPanorama")
    let name = isInnerProduct ? "FlatIPPanorama" : "FlatL2Panorama"
    // As in faiss, only lists and graphs have a default.
    guard word != name, let spec = PanoramaSpec(word: word, prefix: name) else { return nil }
    self.init(spec.layout, isInnerProduct: isInnerProduct)
  }

  /// Understands `FlatPanorama8` behind a graph.
  init?(graph word: Substring) {
    guard !word.contains("_"), let spec = PanoramaSpec(word: word, prefix: "FlatPanorama") else {
      return nil
    }
    self.init(PanoramaLayout(levels: spec.layout.levels, batchVectors: 1))
  }

  /// Understands a prefix followed by levels and batch, both optional.
  init?(word: Substring, prefix: String) {
    guard let rest = word.dropping(prefix) else { return nil }
    let digits = rest.prefix { $0 != "_" }
    let tail = rest.dropFirst(digits.count)
    guard
      let levels = digits.isEmpty && tail.isEmpty
        ? PanoramaLayout.defaultLevels : Int(plain: digits),
      let batch = tail.isEmpty ? PanoramaLayout.defaultBatch : Int(plain: tail.dropFirst())
    else { return nil }
    self.init(PanoramaLayout(levels: levels, batchVectors: batch))
  }

  func factoryString(of inner: IndexSpec) -> String {
    let batch = layout.batchVectors == PanoramaLayout.defaultBatch ? "" : "_\(layout.batchVectors)"
    switch inner {
    case .flat: return (isInnerProduct ? "FlatIP" : "FlatL2") + "Panorama\(layout.levels)\(batch)"
    case .hnsw(let links, _): return "HNSW\(links),FlatPanorama\(layout.levels)"
    default:
      // An inverted file ends with `,Flat`.
      return "\(inner)Panorama\(layout.levels)\(batch)"
    }
  }

  func validate(_ inner: IndexSpec) throws(IndexError) {
    let isFitting =
      switch inner {
      case .flat: true
      case .hnsw(_, nil): layout.batchVectors == 1 && !isInnerProduct
      case .ivf(_, _, nil): !isInnerProduct
      default: false
      }
    guard isFitting else {
      throw IndexError(
        .invalidSpecification,
        "Panorama is a layout of flat indexes, inverted files and graphs of floats, not of \(inner)"
      )
    }
    guard layout.levels >= 1, layout.batchVectors >= 1,
      layout.batchVectors <= PanoramaLayout.largestBatch
    else {
      throw IndexError(
        .invalidSpecification,
        "Panorama needs at least 1 level and batches of 1…\(PanoramaLayout.largestBatch), got"
          + " \(layout.levels) and \(layout.batchVectors)")
    }
  }

  /// Gives an index the layout.
  func apply(to index: any VectorIndex) throws(IndexError) -> any VectorIndex {
    switch index {
    case var flat as FlatIndex:
      guard flat.metric == (isInnerProduct ? .innerProduct : .l2) else {
        throw IndexError(
          .invalidSpecification,
          "\(factoryString(of: .flat)) names its metric, which is not \(flat.metric)")
      }
      try flat.setPanorama(layout)
      return flat
    case var lists as IVFIndex:
      try lists.setPanorama(layout)
      return lists
    case var graph as HNSWIndex:
      try graph.setPanoramaLevels(layout.levels)
      return graph
    default: return index
    }
  }
}
