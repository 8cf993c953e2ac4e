import VicinalIndexes

/// Codes as long as a memory bound allows, for bounds that allow less than a byte for each
/// coordinate: every bit that is left unused there costs recall.
///
/// Product codes behind a rotation (OPQ) to a few dimensions for each, or bytes of as many principal
/// components (PCAR, SQ8), which are trained at once and lose little where the others hold little.
/// With lists, codes are those of residuals, but ids take 8 bytes of every vector, which without lists
/// are longer codes.
package enum CompactCodes {
  /// Bytes of a product code at most; longer ones gain next to nothing over bytes of components.
  private static let mostParts = 64

  /// Components at least: fewer say next to nothing.
  private static let fewestComponents = 8

  /// Dimensions that one byte of a code stands for at most, as in AutoFaiss's table.
  private static let widest = 7

  /// Factory strings whose indexes come close to the bound; none where a byte per coordinate fits, or
  /// codes are not worth training.
  package static func keys(count: Int, dimension: Int, budget: Budget) -> [String] {
    let bound = Double(budget.indexMemory.bytes)
    guard count >= AutoFaissTable.flatBelow, dimension >= 4,
      bound < Double(count) * Double(dimension)
    else { return [] }
    return places(count, budget).flatMap { place in
      let codes = most(fewestParts(dimension)...min(dimension, mostParts)) {
        fits(productKey($0, dimension, place))
      }
      let components =
        dimension <= fewestComponents
        ? nil
        : most(fewestComponents...dimension - 1) { fits("PCAR\($0),\(place)SQ8") }
      let keys = [
        codes.map { productKey($0, dimension, place) },
        components.map { "PCAR\($0),\(place)SQ8" },
      ]
      return keys.compactMap(\.self)
    }

    func fits(_ key: String) -> Bool {
      guard let spec = try? IndexSpec(parsing: key) else { return false }
      return Candidate(
        spec, count: count, dimension: dimension, bound: 0, hasDirectMap: budget.hasDirectMap
      ).fits(budget.indexMemory.bytes)
    }
  }

  /// The shortest codes there are: what is said to be the least that a bound must allow.
  static func least(count: Int, dimension: Int, budget: Budget) -> [String] {
    guard count >= AutoFaissTable.flatBelow, dimension >= 4 else { return [] }
    return places(count, budget).flatMap { place in
      let components = dimension > fewestComponents ? ["PCAR\(fewestComponents),\(place)SQ8"] : []
      return components + [productKey(fewestParts(dimension), dimension, place)]
    }
  }

  private static func fewestParts(_ dimension: Int) -> Int { min(4, dimension) }

  /// What stands in front of codes: nothing, or lists.
  private static func places(_ count: Int, _ budget: Budget) -> [String] {
    let usual = AutoFaissTable.listCount(count)
    var places: [String] = []
    if !budget.isMemoryMappable, !budget.isMergeable { places.append("") }
    // Few lists leave more for codes, and cost time.
    for cells in [usual / 4, usual] where cells >= 16 {
      let isMany = cells >= TableSelection.graphOverCellsFrom
      places.append(isMany ? "IVF\(cells)_HNSW32," : "IVF\(cells),")
    }
    return places
  }

  private static func productKey(_ parts: Int, _ dimension: Int, _ place: String) -> String {
    "OPQ\(parts)_\(parts * max(1, min(dimension / parts, widest))),\(place)PQ\(parts)"
  }

  /// The largest number that fits; sizes grow with it.
  private static func most(_ numbers: ClosedRange<Int>, fitting: (Int) -> Bool) -> Int? {
    var (low, high) = (numbers.lowerBound, numbers.upperBound)
    guard fitting(low) else { return nil }
    while low < high {
      let middle = (low + high + 1) / 2
      if fitting(middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
