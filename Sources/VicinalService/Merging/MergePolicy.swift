package import VicinalCore
package import VicinalIndexes
import VicinalTuning

/// Which index the large part of the vectors should be in.
package enum IndexWish: Sendable, Equatable {
  /// None but the exact flat one.
  case flat
  /// Exact while there are few vectors; beyond, what measuring finds best.
  case auto
  /// This kind.
  case spec(IndexSpec)

  /// `flat`, `auto` or a factory string.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification``, ``IndexError/Code/unsupported`` for an index
  ///   that cannot be stored or has no vectors.
  package init(parsing text: String) throws(IndexError) {
    switch text.lowercased() {
    case "flat": self = .flat
    case "auto": self = .auto
    default:
      var spec = try IndexSpec(parsing: text)
      // The service has ids of its own.
      if case .idMap(let inner, _) = spec { spec = inner }
      // What could not be saved is found out when there are vectors of some dimension.
      self = spec == .flat ? .flat : .spec(spec)
    }
  }

  package var description: String {
    switch self {
    case .flat: "flat"
    case .auto: "auto"
    case .spec(let spec): spec.factoryString
    }
  }
}

/// When and how the large part of the vectors is put into another index.
package struct MergePolicy: Sendable {
  /// Which index.
  package var wish = IndexWish.auto
  /// From so many vectors on `auto` measures whether another index than the flat one is better.
  package var autoFrom = 50_000
  /// So many vectors must be new, or gone, before there is a merge.
  package var smallest = 10_000
  /// Share of the true ten nearest that searches should find.
  package var targetRecall = 0.95
  /// Bytes of an index that `auto` chooses.
  package var indexMemory = 16 << 30
  /// Threads that build; the other processors are for searches.
  package var threads = max(1, ProcessorCount.active / 2)
  /// Seconds that choosing may take, about.
  package var choosingSeconds = 60.0

  package init() {}

  /// There is a merge when the delta is larger than this share of the main index.
  static let deltaShare = 0.1
  /// There is a merge when more than this share of the rows of the main index are dead.
  static let deadShare = 0.2
  /// `auto` chooses anew when there are so many times the vectors that it chose for.
  static let choosingGrowth = 4
  /// An index is chosen or built anew when the recall is so much below the target, or below what it was
  /// where that was less.
  static let recallSlack = 0.02
  /// An index is built anew, and not extended, when there are so many times the vectors that it was
  /// trained on.
  static let trainingGrowth = 2

  /// Why there should be a merge now; `nil` if there should not.
  ///
  /// - Parameter flatAt: As many vectors as there were when `auto` last chose to stay flat.
  func reason(for version: IndexVersion, flatAt: Int) -> String? {
    guard let main = version.main else {
      switch wish {
      case .flat: return nil
      case .auto:
        guard version.count >= max(autoFrom, 2 * flatAt) else { return nil }
        return "\(version.count) vectors"
      case .spec(let spec):
        guard version.count >= smallest else { return nil }
        return "\(version.count) vectors for \(spec.factoryString)"
      }
    }
    switch wish {
    case .flat: return "flat instead of \(main.facts.key)"
    case .spec(let spec) where spec.factoryString != main.facts.key:
      // With few vectors the wish may be impossible; then what there is stays.
      if version.count >= smallest { return "\(spec.factoryString) instead of \(main.facts.key)" }
    default: break
    }
    let rows = Double(main.ids.count)
    if version.deltaCount > max(smallest, Int(rows * Self.deltaShare)) {
      return "\(version.deltaCount) vectors beside the index"
    }
    if main.deadCount > max(smallest, Int(rows * Self.deadShare)) {
      return "\(main.deadCount) dead rows in the index"
    }
    return nil
  }

  /// How a merge makes its index.
  ///
  /// - Parameters:
  ///   - facts: Of the main index that there is; `nil` if it is of no use.
  ///   - count: Vectors now.
  ///   - isWished: Whether a client wants it made anew.
  package func plan(
    after facts: MainFacts?, count: Int, isWished: Bool = false
  ) throws(IndexError) -> MergePlan {
    switch wish {
    case .flat: return .flat
    case .spec(let spec):
      guard let facts, facts.key == spec.factoryString, !isWished else { return .build(spec) }
      return isTrained(facts, for: count) ? .extend : .build(spec)
    case .auto:
      if isWished { return .choose }
      if count < autoFrom { return .flat }
      guard let facts else { return .choose }
      let hasGrown = count >= facts.chosenFor * Self.choosingGrowth
      if hasGrown || hasDrifted(facts) { return .choose }
      return isTrained(facts, for: count) ? .extend : .build(try IndexSpec(parsing: facts.key))
    }
  }

  /// Whether the training of an index is still good for so many vectors.
  private func isTrained(_ facts: MainFacts, for count: Int) -> Bool {
    guard let training = facts.training, !hasDrifted(facts) else { return false }
    return count < training.count * Self.trainingGrowth
  }

  /// Whether an index finds less than it should, or than it did where that was less.
  private func hasDrifted(_ facts: MainFacts) -> Bool {
    guard let recall = facts.recall else { return false }
    let wanted = min(targetRecall, facts.training?.recall ?? targetRecall)
    return recall < wanted - Self.recallSlack
  }
}

/// How a merge makes its index.
package enum MergePlan: Sendable, Equatable {
  /// It makes none: the exact flat one is enough.
  case flat
  /// Of the kind that measuring finds best, from all vectors.
  case choose
  /// Of this kind, from all vectors.
  case build(IndexSpec)
  /// The index that there is without what is gone, with what is new.
  case extend
}
