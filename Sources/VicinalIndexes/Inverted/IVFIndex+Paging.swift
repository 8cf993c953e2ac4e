import VicinalCoding
package import VicinalCore

/// Searching lists in a mapped file that is larger than the memory that may be used.
extension IVFIndex {
  struct Paging: Sendable {
    var pages: MappedPages
    /// What a visited list is long, in bytes: long ones are visited more often.
    var bytesPerProbe: Double
  }

  /// Whether pages of the file are given back between queries.
  package var givesPagesBack: Bool { paging != nil }

  /// Gives pages of the file that lists view back between queries.
  package mutating func givePagesBack(_ pages: MappedPages?) {
    let bytes = (codec.map { $0.codeSize } ?? dimension * 4) + 8
    paging = pages.map {
      Paging(
        pages: $0, bytesPerProbe: Double(count) / Double(listCount) * imbalance * Double(bytes))
    }
  }

  /// Searches a few queries at a time, so that the pages of the lists they visit are never all in
  /// memory.
  func search(
    _ queries: borrowing VectorBatch, k: Int, _ options: SearchOptions, _ paging: Paging
  ) throws(IndexError) -> Neighbors {
    var plain = self
    plain.paging = nil
    let probes = Double(min(options.probes ?? probes, listCount))
    let bytes = Int(min(1e12, paging.bytesPerProbe * probes))
    let step = paging.pages.readsAtOnce(of: bytes)
    var found = Neighbors(empty: 0, k: k, metric: metric)
    for first in stride(from: 0, to: queries.count, by: step) {
      let part = first..<min(queries.count, first + step)
      found.append(try plain.search(queries.rows(part), k: k, options: options))
      paging.pages.note(bytes * part.count)
    }
    return found
  }
}
