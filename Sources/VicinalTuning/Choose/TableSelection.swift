public import VicinalCore
public import VicinalIndexes

/// AutoFaiss's selection table with its memory bound made strict: what does not fit is not chosen.
/// A pure function of counts and budget.
///
/// Where the key that AutoFaiss chooses fits by its real size, it is taken as it is; otherwise the
/// next of the same table that does: a graph of fewer links, lists of floats, smaller codes.
public enum TableSelection {
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
    let bound = budget.indexMemory.bytes
    let walk = candidates(count: count, dimension: dimension, budget: budget)
    for (spec, reason) in walk {
      let candidate = Candidate(
        spec, count: count, dimension: dimension, bound: bound, hasDirectMap: budget.hasDirectMap)
      if candidate.fits(bound) { return Choice(candidate, reason: reason) }
    }
    throw CandidateList.tooSmall(
      walk.map {
        Candidate(
          $0.0, count: count, dimension: dimension, bound: 0, hasDirectMap: budget.hasDirectMap)
      }, count: count, dimension: dimension, budget: budget)
  }

  /// Checks that an index the user asked for by name fits.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` with what it would need.
  public static func fit(
    _ spec: IndexSpec, count: Int, dimension: Int, budget: Budget
  ) throws(IndexError) -> Choice {
    let bound = budget.indexMemory.bytes
    let candidate = Candidate(
      spec, count: count, dimension: dimension, bound: bound, hasDirectMap: budget.hasDirectMap)
    guard candidate.memoryBytes <= bound else {
      throw IndexError(
        .memoryBound,
        "\(spec) over \(count) vectors of dimension \(dimension) needs"
          + " \(MemorySize(bytes: candidate.memoryBytes)), more than the bound of"
          + " \(budget.indexMemory)")
    }
    return Choice(candidate, reason: "asked for")
  }

  /// Candidates in AutoFaiss's order of preference; the first that fits is taken.
  static func candidates(
    count: Int, dimension: Int, budget: Budget
  ) -> [(IndexSpec, String)] {
    var found: [(IndexSpec, String)] = []
    let isMappable = budget.isMemoryMappable
    if let own = AutoFaissTable.choose(
      count: count, dimension: dimension, bound: budget.indexMemory.bytes, isMappable: isMappable)
    {
      found.append((own, "the table's choice"))
    }
    let cells = count < AutoFaissTable.flatBelow ? 1 : AutoFaissTable.listCount(count)
    if !isMappable, count >= AutoFaissTable.flatBelow {
      for links in stride(from: 32, through: AutoFaissTable.fewestLinks, by: -1) {
        if count < AutoFaissTable.smallGraphBelow, links > AutoFaissTable.smallGraphLinks {
          continue
        }
        found.append((.hnsw(links: links), "the widest graph that fits the memory bound"))
      }
    }
    let coarse: IndexSpec.CoarseSpec = cells >= graphOverCellsFrom ? .hnsw(links: 32) : .flat
    found.append(
      (.ivf(listCount: cells, coarse: coarse), "a graph does not fit the memory bound, lists do"))
    if !isMappable { found.append((.flat, "only the bare vectors fit the memory bound")) }
    let byte = "only codes fit the memory bound"
    if count >= AutoFaissTable.flatBelow {
      for parts in AutoFaissTable.parts where parts < dimension {
        if let spec = AutoFaissTable.quantized(parts: parts, dimension: dimension, cells: cells) {
          found.append((spec, byte))
        }
      }
    }
    // Few vectors cannot pay for the tables of product quantizers; bytes need none.
    for kind in ["SQ8", "SQ4"] {
      for key in isMappable ? ["IVF\(cells),\(kind)", "IVF1,\(kind)"] : [kind] {
        if let spec = try? IndexSpec(parsing: key) { found.append((spec, byte)) }
      }
    }
    return found
  }
}

extension Choice {
  /// The choice of a candidate.
  init(_ candidate: Candidate, reason: String) {
    self.init(
      spec: candidate.spec, isAccelerated: candidate.isAccelerated,
      predictedBytes: candidate.memoryBytes, predictedFileBytes: candidate.fileBytes,
      reason: reason)
  }
}
