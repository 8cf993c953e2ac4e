import Foundation
public import VicinalIndexes

/// What AutoFaiss 2.18.0 would choose, key for key, with its own estimates of sizes.
///
/// The estimates leave out ids, upper levels of graphs and codebooks, so that in 96 of 660
/// combinations the choice exceeds the bound it was made for; ``TableSelection`` takes it only where
/// its real size fits.
public enum AutoFaissTable {
  static let flatBelow = 1_000
  static let smallGraphBelow = 10_000
  static let smallGraphLinks = 15
  static let fewestLinks = 8
  static let mostLinks = 32
  static let listsOfFloatsBelow = 1_000_000
  static let graphOverCellsFrom = 1_000
  /// Parts of product quantizers, in order of preference.
  static let parts = [256, 128, 64, 48, 32, 24, 16, 8, 4]

  /// The index that AutoFaiss builds.
  ///
  /// - Parameters:
  ///   - count: Vectors, at least 1.
  ///   - dimension: Floats per vector, at least 1.
  ///   - bound: Bytes; AutoFaiss: `max_index_memory_usage`.
  ///   - isMappable: AutoFaiss: `should_be_memory_mappable`.
  /// - Returns: `nil` where AutoFaiss fails, since it finds no key.
  public static func choose(
    count: Int, dimension: Int, bound: Int, isMappable: Bool
  ) -> IndexSpec? {
    let n = Double(count)
    let d = Double(dimension)
    if count < flatBelow { return isMappable ? .ivf(listCount: 1, coarse: .flat) : .flat }
    let cells = listCount(count)
    if count < smallGraphBelow {
      return isMappable ? .ivf(listCount: cells, coarse: .flat) : .hnsw(links: smallGraphLinks)
    }
    let links = ((Double(bound) / (4 * n) - d) / 2).rounded(.down)
    if !isMappable, links >= Double(fewestLinks) {
      return .hnsw(links: Int(min(links, Double(mostLinks))))
    }
    if count < listsOfFloatsBelow, 4 * d * (n + Double(cells)) <= Double(bound) {
      return .ivf(listCount: cells, coarse: .flat)
    }
    return parts.first { $0 < dimension && n * Double($0 + 8) <= Double(bound) }
      .flatMap { quantized(parts: $0, dimension: dimension, cells: cells) }
  }

  /// `OPQ{m}_{y},IVF{C},PQ{m}x8`, with a graph over many cells.
  static func quantized(parts: Int, dimension: Int, cells: Int) -> IndexSpec? {
    let width = (min(dimension / parts, 6) + 1) * parts
    let graph = cells < graphOverCellsFrom ? "" : "_HNSW\(mostLinks)"
    return try? IndexSpec(parsing: "OPQ\(parts)_\(width),IVF\(cells)\(graph),PQ\(parts)x8")
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
}
