import VicinalCoding
import VicinalCompute
import VicinalCore

/// What comparing queries with residuals needs beside the codes: terms per code, or tables per
/// list. Files hold neither.
extension IVFIndex {
  /// Gives the codec the cells that its codes are relative to, or the lists their terms.
  mutating func prepareCodec(_ execution: Execution) throws(IndexError) {
    keepsTerms = wantsTerms
    if !keepsTerms {
      for list in lists.indices where lists[list].termCount > 0 { lists[list].removeTerms() }
    }
    try prepareTables(execution)
    try completeTerms(execution)
  }

  /// Undoes what long lists have led to, once there are none.
  mutating func forgetTerms() throws(IndexError) {
    if keepsTerms != wantsTerms { try prepareCodec(Execution()) }
  }

  /// Computes the terms that lists lack. Without them lists are still searched correctly, only
  /// more slowly.
  mutating func completeTerms(_ execution: Execution) throws(IndexError) {
    if keepsTerms, !wantsTerms {
      // Lists have become long enough for tables.
      keepsTerms = false
      do throws(IndexError) {
        try prepareTables(execution)
      } catch {
        keepsTerms = true
        throw error
      }
      for list in lists.indices { lists[list].removeTerms() }
    }
    guard keepsTerms else { return }
    for (list, terms) in try missingTerms(execution) { lists[list].append(terms: terms) }
  }

  /// The terms that each list lacks. In a function of its own, so that nothing else holds the lists
  /// when they are changed: they would be copied.
  private func missingTerms(
    _ execution: Execution
  ) throws(IndexError) -> [(list: Int, terms: [Float])] {
    let missing = lists.indices.filter { lists[$0].termCount != lists[$0].count }
    guard !missing.isEmpty, let codec = codec as? any TermCodec else { return [] }
    let cells = try requireCellVectors()
    let kernels = try KernelSet(execution.kernels)
    // Consecutive lists share the scratch memory of one maker.
    let parts = evenRanges(missing.count, parts: min(missing.count, 64))
    let computed = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) -> [(list: Int, terms: [Float])] in
      try execution.checkCancellation()
      guard let maker = try codec.makeTermMaker(metric: metric, kernels: kernels) else { return [] }
      var centroid = [Float](repeating: 0, count: dimension)
      var results: [(list: Int, terms: [Float])] = []
      for list in missing[parts[part]] {
        var target = centroid.mutableSpan
        try cells.copyCell(list, into: &target)
        results.append((list, Self.newTerms(lists[list], centroid.span, maker)))
      }
      return results
    }
    return computed.flatMap(\.self)
  }

  /// The terms of the codes that a list has taken in since they were last computed.
  private static func newTerms(
    _ list: InvertedList, _ centroid: Span<Float>, _ maker: any TermMaker
  ) -> [Float] {
    guard let codes = list.codes, list.termCount < list.count else { return [] }
    let known = list.termCount
    var terms = [Float](repeating: 0, count: list.count - known)
    let bytes = codes.bytes.bytes
    var span = terms.mutableSpan
    maker.fill(
      &span, for: bytes.extracting(known * codes.codeSize..<bytes.byteCount),
      count: list.count - known, around: centroid)
    return terms
  }

  private var wantsTerms: Bool {
    guard isAccelerated, isResidual, hasCells, metric == .l2,
      let codec = codec as? any TermCodec, coarse is any CellVectors
    else { return false }
    // Lists that view a file are not read until they are searched.
    guard lists.allSatisfy({ $0.codes.map { $0.count == 0 || $0.byteCount > 0 } ?? false }) else {
      return false
    }
    let multiple = coarse as? MultiIndexQuantizer
    return codec.keepsTerms(
      count: count, listCount: listCount,
      centroidCount: multiple?.quantizer.centroidCount ?? listCount)
  }

  private mutating func prepareTables(_ execution: Execution) throws(IndexError) {
    guard isResidual, hasCells, let codec = codec as? any CellAwareCodec else { return }
    self.codec = try codec.prepared(
      cells: isAccelerated && !keepsTerms ? coarse as? any CellVectors : nil, count: listCount,
      metric: metric,
      execution: execution)
  }
}
