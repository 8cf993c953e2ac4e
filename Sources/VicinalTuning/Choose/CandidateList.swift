public import VicinalCore
import VicinalIndexes

/// All that is worth considering for some vectors: a pure function of counts, metric and budget.
///
/// Exhaustive search; graphs over floats and bytes; inverted lists of floats, bytes, product codes
/// and signs, the last two with comparing the best again; the same behind a PCA for long vectors;
/// codes as long as a tight bound allows; and everything in AutoFaiss's table.
public enum CandidateList {
  /// Every candidate with its predicted size, whether it fits the bound or not, smallest file
  /// first.
  ///
  /// - Parameters:
  ///   - count: Vectors, at least 1.
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: How vectors are compared.
  ///   - isNormalized: Whether vectors are scaled to length 1 first (cosine).
  ///   - budget: The bound, and whether files must be usable mapped.
  /// - Complexity: a few dozen factory strings.
  public static func all(
    count: Int, dimension: Int, metric: Metric, isNormalized: Bool = false, budget: Budget
  ) -> [Candidate] {
    let bound = budget.indexMemory.bytes
    var seen = Set<IndexSpec>()
    return specs(count: count, dimension: dimension, budget: budget)
      .compactMap { isNormalized ? try? $0.normalizing() : $0 }
      .filter { !budget.isMergeable || $0.hasMergeableLists }
      .filter { seen.insert($0).inserted && isPossible($0, dimension, metric) }
      .map {
        Candidate(
          $0, count: count, dimension: dimension, bound: bound, hasDirectMap: budget.hasDirectMap)
      }
      .sorted { ($0.fileBytes, "\($0.spec)") < ($1.fileBytes, "\($1.spec)") }
  }

  /// The candidates that keep the bound.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if there is none, with the least memory that would
  ///   do and the index that it would be; ``IndexError/Code/insufficientData`` without vectors.
  public static func fitting(
    count: Int, dimension: Int, metric: Metric, isNormalized: Bool = false, budget: Budget
  ) throws(IndexError) -> [Candidate] {
    guard count > 0, dimension > 0 else {
      throw IndexError(.insufficientData, "there are no vectors to build an index from")
    }
    let every = all(
      count: count, dimension: dimension, metric: metric, isNormalized: isNormalized,
      budget: budget)
    let found = every.filter { $0.fits(budget.indexMemory.bytes) }
    guard found.isEmpty else { return found }
    let least = CompactCodes.least(count: count, dimension: dimension, budget: budget)
      .compactMap { try? IndexSpec(parsing: $0) }
      .compactMap { isNormalized ? try? $0.normalizing() : $0 }
      .filter { (!budget.isMergeable || $0.hasMergeableLists) && isPossible($0, dimension, metric) }
      .map { Candidate($0, count: count, dimension: dimension, bound: 0) }
    throw tooSmall(every + least, count: count, dimension: dimension, budget: budget)
  }

  /// Says what the least memory would be.
  static func tooSmall(
    _ candidates: [Candidate], count: Int, dimension: Int, budget: Budget
  ) -> IndexError {
    let bare = candidates.map { candidate in
      // Without the companion whatever the bound.
      Candidate(
        candidate.spec, count: count, dimension: dimension, bound: 0,
        hasDirectMap: budget.hasDirectMap)
    }
    let least = bare.min { $0.boundedBytes < $1.boundedBytes }
    let remedy =
      least.map {
        "the smallest, \($0.spec), needs \(MemorySize(bytes: $0.boundedBytes))"
          + " (\($0.boundedBytes) bytes)"
      } ?? "there is none for such vectors"
    return IndexError(
      .memoryBound,
      "no index of \(count) vectors of dimension \(dimension) fits \(budget.indexMemory): "
        + remedy + "; raise max-index-memory-usage")
  }

  /// What could be built, without regard to size.
  static func specs(count: Int, dimension: Int, budget: Budget) -> [IndexSpec] {
    let keys = keys(count: count, dimension: dimension, budget)
    var specs = keys.compactMap { try? IndexSpec(parsing: $0) }
    let table = AutoFaissTable.choose(
      count: count, dimension: dimension, bound: budget.indexMemory.bytes,
      isMappable: budget.isMemoryMappable)
    if let table { specs.append(table) }
    guard count >= AutoFaissTable.flatBelow else { return specs }
    specs += CompactCodes.keys(count: count, dimension: dimension, budget: budget).compactMap {
      try? IndexSpec(parsing: $0)
    }
    let cells = AutoFaissTable.listCount(count)
    specs += AutoFaissTable.parts.filter { $0 < dimension }.compactMap {
      AutoFaissTable.quantized(parts: $0, dimension: dimension, cells: cells)
    }
    return specs
  }

  /// Vectors above which one list is never the fastest.
  private static let oneListBelow = 200_000

  private static func keys(count: Int, dimension: Int, _ budget: Budget) -> [String] {
    let isMappable = budget.isMemoryMappable
    var keys: [String] = []
    if !isMappable {
      // Without lists, which take memory of their own: what is left when little is allowed.
      keys += ["Flat", "SQ8", "SQ6", "SQ4", "RaBitQ"]
      for width in [4, 8, 16] where dimension.isMultiple(of: width) && dimension > 2 * width {
        keys += ["PQ\(dimension / width)x4fs", "PQ\(dimension / width)"]
      }
    }
    let smallGraph = count >= AutoFaissTable.flatBelow && !isMappable
    if smallGraph {
      keys += ["HNSW16,Flat", "HNSW32,Flat", "HNSW16,SQ8", "HNSW32,SQ8", "HNSW15,Flat"]
    }
    // Where nearly all lists must be visited, few are faster.
    if isMappable, count >= AutoFaissTable.flatBelow {
      if count < SelectionOptions.codesFrom { keys.append("IVF16,Flat") }
      if count < Self.oneListBelow {
        keys.append("IVF1,Flat")
        if dimension.isMultiple(of: 2), dimension >= 4 {
          keys.append("IVF1,PQ\(dimension / 2)x4fs,RFlat")
        }
      }
    }
    for cells in cells(count, dimension, budget) {
      keys += lists(cells, dimension)
      if dimension >= 256 {
        keys += lists(cells, dimension / 2).map { "PCAR\(dimension / 2),\($0)" }
      }
    }
    if dimension >= 256, smallGraph {
      keys += ["PCAR\(dimension / 2),HNSW32,Flat,RFlat", "PCAR\(dimension / 2),HNSW32,Flat"]
    }
    return keys
  }

  /// Inverted lists of everything.
  private static func lists(_ cells: String, _ dimension: Int) -> [String] {
    var keys = ["Flat", "SQ8", "SQ6", "SQ4", "SQ8,RFlat"].map { "\(cells),\($0)" }
    // Codes of four bits for two dimensions each can be told apart well enough to find candidates.
    if dimension.isMultiple(of: 2), dimension >= 4 {
      let fast = "\(cells),PQ\(dimension / 2)x4fs"
      keys += ["\(fast),RFlat", "\(fast),Refine(SQ8)", fast]
    }
    keys += ["\(cells),RaBitQ,RFlat", "\(cells),RaBitQ,Refine(SQ8)", "\(cells),RaBitQ"]
    for width in [2, 4, 8, 16, 32] where dimension.isMultiple(of: width) {
      let parts = dimension / width
      if parts >= 2, parts <= 256 { keys.append("\(cells),PQ\(parts)") }
    }
    return keys
  }

  /// AutoFaiss's number of cells and twice that, and as many as can be trained if these cannot; a
  /// graph finds them where there are many.
  private static func cells(_ count: Int, _ dimension: Int, _ budget: Budget) -> [String] {
    // One list finds what an exhaustive search finds; only files that are mapped need it.
    guard count >= AutoFaissTable.flatBelow else { return budget.isMemoryMappable ? ["IVF1"] : [] }
    let usual = AutoFaissTable.listCount(count)
    var cells = [usual, 2 * usual]
    if let memory = budget.trainingMemory {
      var fewer = usual
      while fewer > fewestCells, trainingBytes(fewer, dimension) > 0.9 * Double(memory.bytes) {
        fewer /= 2
      }
      if fewer < usual { cells.insert(fewer, at: 0) }
    }
    return cells.map {
      $0 >= TableSelection.graphOverCellsFrom ? "IVF\($0)_HNSW32" : "IVF\($0)"
    }
  }

  /// Fewer would not be worth having lists.
  private static let fewestCells = 256

  /// What training so many lists of codes holds at least.
  private static func trainingBytes(_ cells: Int, _ dimension: Int) -> Double {
    guard let spec = try? IndexSpec(parsing: "IVF\(cells),SQ8") else { return .infinity }
    return Double(spec.trainingNeeds.least) * Double(spec.trainingCopies) * Double(dimension) * 4
  }

  /// Whether such vectors can be kept like that at all.
  private static func isPossible(_ spec: IndexSpec, _ dimension: Int, _ metric: Metric) -> Bool {
    (try? spec.makeIndex(dimension: dimension, metric: metric, isAccelerated: false)) != nil
  }
}
