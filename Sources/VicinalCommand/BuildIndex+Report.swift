import Foundation
import Vicinal

extension BuildIndex {
  /// Says how several indexes turned out.
  func show(_ all: [IndexInfos]) throws {
    if work.json, all.count > 1 { return try Output.json(all) }
    for infos in all { try show(infos) }
  }

  /// Shows the result on standard output.
  func show(_ infos: IndexInfos) throws {
    if work.json { return try Output.json(infos) }
    try Output.print(
      """
      index            \(infos.indexKey) \(infos.indexParam)
      vectors          \(infos.vectorCount) × \(infos.dimension), \(infos.metric)
      recall           10-recall@10 \(percent(infos.recallAt10)) on \(queryWords)
      single query     \(String(format: "%.3f", infos.averageMilliseconds)) ms mean, \
      \(String(format: "%.3f", infos.p99Milliseconds)) ms 99th percentile
      batch            \(Int(infos.queriesPerSecond)) queries per second
      file             \(MemorySize(bytes: infos.sizeInBytes))\(saveOnDisk ? ", \(infos.indexPath)" : "")
      memory           \(MemorySize(bytes: infos.memoryInBytes)) loaded, \
      \(MemorySize(bytes: infos.peakMemoryInBytes)) peak while building
      built in         \(seconds(infos.buildSeconds))
      """)
  }

  private var queryWords: String {
    selection.queries.isEmpty ? "held-out queries" : "the queries given"
  }
}
