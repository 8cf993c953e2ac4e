import Foundation
public import VicinalCore
public import VicinalIndexes

/// AutoFaiss's selection table, restricted to the indexes that exist, with its memory bound made
/// strict: what does not fit is not chosen. A pure function of counts and budget.
///
/// Thresholds are AutoFaiss's (2.18.0): flat below 1,000 vectors, a graph of 15 links below
/// 10,000, otherwise the widest graph that fits, otherwise an inverted file.
public enum TableSelection {
  static let flatBelow = 1_000
  static let smallGraphBelow = 10_000
  static let smallGraphLinks = 15
  static let fewestLinks = 8
  static let mostLinks = 32
  static let graphOverCellsFrom = 16_384

  /// Chooses what to build for `count` vectors.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if nothing fits, with the least that would;
  ///   ``IndexError/Code/insufficientData`` for no vectors.
  public static func choose(
    count: Int, dimension: Int, metric: Metric, budget: Budget
  ) throws(IndexError) -> Choice {
    guard count > 0, dimension > 0 else {
      throw IndexError(.insufficientData, "there are no vectors to build an index from")
    }
    let fit = Fit(count: count, dimension: dimension, bound: budget.indexMemory.bytes)
    for (spec, reason) in candidates(count: count, budget: budget) {
      if let choice = fit.choice(spec, reason) { return choice }
    }
    let least = IndexSpec.flat.byteCount(count: count, dimension: dimension, isAccelerated: false)
    throw IndexError(
      .memoryBound,
      "no index of \(count) vectors of dimension \(dimension) fits"
        + " \(budget.indexMemory): the smallest that keeps the vectors as floats needs"
        + " \(MemorySize(bytes: Int(least)))"
        + (budget.isMemoryMappable ? " and a little more for its lists" : "")
        + "; raise max-index-memory-usage (compressed indexes are not built yet)")
  }

  /// Checks that an index the user asked for by name fits.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` with what it would need.
  public static func fit(
    _ spec: IndexSpec, count: Int, dimension: Int, budget: Budget
  ) throws(IndexError) -> Choice {
    let fit = Fit(count: count, dimension: dimension, bound: budget.indexMemory.bytes)
    if let choice = fit.choice(spec, "asked for") { return choice }
    let needed = spec.byteCount(count: count, dimension: dimension, isAccelerated: false)
    throw IndexError(
      .memoryBound,
      "\(spec) over \(count) vectors of dimension \(dimension) needs"
        + " \(MemorySize(bytes: Int(needed))), more than the bound of \(budget.indexMemory)")
  }

  /// Candidates in AutoFaiss's order of preference; the first that fits is taken.
  static func candidates(count: Int, budget: Budget) -> [(IndexSpec, String)] {
    if budget.isMemoryMappable {
      let lists = count < flatBelow ? 1 : listCount(count)
      return [(ivf(lists), "memory-mapped use needs inverted lists")]
    }
    if count < flatBelow {
      return [(.flat, "below \(flatBelow) vectors exhaustive search is fast enough")]
    }
    var found: [(IndexSpec, String)] = []
    if count < smallGraphBelow {
      found.append(
        (
          .hnsw(links: smallGraphLinks),
          "a small graph, since there are fewer than"
            + " \(smallGraphBelow) vectors"
        ))
    } else {
      for links in stride(from: mostLinks, through: fewestLinks, by: -1) {
        found.append((.hnsw(links: links), "the widest graph that fits the memory bound"))
      }
    }
    found.append((ivf(listCount(count)), "a graph does not fit the memory bound, lists do"))
    found.append((.flat, "only the bare vectors fit the memory bound"))
    return found
  }

  private static func ivf(_ lists: Int) -> IndexSpec {
    .ivf(
      listCount: lists, coarse: lists >= graphOverCellsFrom ? .hnsw(links: mostLinks) : .flat)
  }

  /// AutoFaiss's number of cells.
  static func listCount(_ count: Int) -> Int {
    switch count {
    case ..<1_000_000:
      // The power of two nearest to 4√n in the logarithm; ties go to the even exponent.
      let exponent = log2(4 * Double(count).squareRoot()).rounded(.toNearestOrEven)
      return 1 << Int(exponent)
    case ..<10_000_000: return 16_384
    case ..<300_000_000: return 65_536
    default: return 131_072
    }
  }

  /// Which sizes fit a bound.
  private struct Fit {
    let count: Int
    let dimension: Int
    let bound: Int

    /// With the companion if it fits, otherwise without, otherwise nothing.
    func choice(_ spec: IndexSpec, _ reason: String) -> Choice? {
      for isAccelerated in [true, false] {
        let bytes = spec.byteCount(
          count: count, dimension: dimension, isAccelerated: isAccelerated)
        guard bytes <= Double(bound) else { continue }
        return Choice(
          spec: spec, isAccelerated: isAccelerated, predictedBytes: Int(bytes.rounded(.up)),
          reason: reason)
      }
      return nil
    }
  }
}
