package import VicinalIndexes

/// In which order candidates are tried, and which need not be.
package enum TrialOrder {
  /// What kind of answer a candidate can give, the most promising first.
  enum Tier: Int, Comparable {
    /// Exact search: also the measure of what a comparison costs.
    case exact
    /// Graphs and lists of floats.
    case floats
    /// Bytes, and codes whose best are compared again.
    case refined
    /// Codes alone, which lose neighbours for good.
    case codes

    static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
  }

  /// The kind of a candidate.
  static func tier(_ spec: IndexSpec) -> Tier {
    switch spec {
    case .refined: return .refined
    case .idMap(let inner, _), .panorama(let inner, _), .deduplicated(let inner):
      return tier(inner)
    case .transformed(let transforms, let inner):
      let loses = transforms.contains { "\($0)".hasPrefix("PCA") }
      return loses ? .codes : tier(inner)
    case .flat: return .exact
    case .residualCells: return .codes
    case .hnsw(_, nil), .ivf(_, _, nil): return .floats
    case .hnsw(_, let codec?), .ivf(_, _, let codec?), .codes(let codec):
      // A byte per coordinate loses next to nothing.
      return "\(codec)" == "SQ8" ? .refined : .codes
    }
  }

  /// What codes cost to train.
  private enum Training: Int { case none, rotation, tables }

  private static func training(_ spec: IndexSpec) -> Int {
    let key = spec.factoryString
    if key.contains("OPQ") { return Training.rotation.rawValue }
    return (key.contains("PQ") ? Training.tables : Training.none).rawValue
  }

  /// How much there is to measure: one list has few settings, and its time bounds those of others;
  /// what is found with fewer dimensions needs most settings.
  private static func effort(_ spec: IndexSpec) -> Int {
    if case .ivf(1, _, _) = spec.core { return 0 }
    return spec.factoryString.contains("PCA") ? 2 : 1
  }

  /// The factory string of codes without their length: codes of one family differ in nothing else.
  package static func family(_ spec: IndexSpec) -> String {
    spec.factoryString.replacing(#/(OPQ|PCAR|PQ|SQ)\d+(_\d+)?/#) { "\($0.output.1)" }
  }

  /// The order: by kind; of codes first those that need next to no training, then those as long as
  /// the bound allows behind a rotation, which lose least; of those that are compared again first
  /// those that are measured soonest; the largest of each first.
  package static func ordered(_ candidates: [Candidate]) -> [Candidate] {
    candidates.enumerated().sorted { a, b in
      let (first, second) = (tier(a.element.spec), tier(b.element.spec))
      if first != second { return first < second }
      if first == .codes {
        let (mine, other) = (training(a.element.spec), training(b.element.spec))
        return (mine, b.element.fileBytes) < (other, a.element.fileBytes)
      }
      if first == .refined {
        let (mine, other) = (effort(a.element.spec), effort(b.element.spec))
        if mine != other { return mine < other }
      }
      return a.offset > b.offset
    }.map(\.element)
  }

  /// Why a candidate need not be tried, given others that fit the bounds too.
  ///
  /// - Returns: `nil` if it must be tried.
  static func sibling(of candidate: Candidate, among fitting: [Candidate]) -> String? {
    func fits(_ spec: IndexSpec) -> Bool {
      fitting.contains { $0.spec == spec && $0.isAccelerated }
    }
    if let bare = candidate.spec.withoutScaling {
      let others = fitting.compactMap { other in
        other.spec.withoutScaling.map { Candidate($0, like: other) }
      }
      return sibling(of: Candidate(bare, like: candidate), among: others)
    }
    switch candidate.spec {
    case .transformed(let transforms, let inner):
      // Only what stands in front of everything compared here.
      let inside = Candidate(inner, like: candidate)
      let others = fitting.compactMap { other -> Candidate? in
        guard case .transformed(transforms, let theirs) = other.spec else { return nil }
        return Candidate(theirs, like: other)
      }
      return sibling(of: inside, among: others)
    case .codes(.scalar) where fits(.flat):
      return "exact search over floats fits, with bytes for its first pass"
    case .hnsw(let links, .some(.scalar)) where fits(.hnsw(links: links)):
      return "the same graph over floats fits, with bytes for its first pass"
    case .ivf(let lists, let coarse, .some(.scalar))
    where fits(.ivf(listCount: lists, coarse: coarse)):
      return "the same lists of floats fit, with bytes for their first pass"
    case .refined(.ivf(let lists, let coarse, .some(.scalar)), by: .flat)
    where fits(.ivf(listCount: lists, coarse: coarse)):
      return "the same lists of floats fit, with bytes for their first pass"
    case .refined(let base, by: .codes)
    where fitting.contains { $0.spec == .refined(base, by: .flat) }:
      return "the same with floats to compare again fits"
    default: return nil
    }
  }
}

extension IndexSpec {
  /// The index behind scaling to length 1, of both parts of a refined one; `nil` without.
  fileprivate var withoutScaling: IndexSpec? {
    switch self {
    case .transformed(let transforms, let inner) where transforms.first.map { "\($0)" } == "L2norm":
      return transforms.count == 1 ? inner : .transformed(Array(transforms.dropFirst()), inner)
    case .refined(let base, let refiner):
      guard let bare = base.withoutScaling, let second = refiner.withoutScaling else { return nil }
      return .refined(bare, by: second)
    default: return nil
    }
  }
}

extension Candidate {
  /// Another index with the sizes of a candidate, for comparing what stands behind transforms.
  fileprivate init(_ spec: IndexSpec, like other: Candidate) {
    self = other
    self.spec = spec
  }
}
