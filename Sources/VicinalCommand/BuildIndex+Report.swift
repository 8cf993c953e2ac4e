import Foundation
import Vicinal

extension BuildIndex {
  /// What else belongs into the infos.
  func complete(_ infos: inout IndexInfos) throws(IndexError) {
    infos.versions = BuildVersions(vicinal: vicinalVersion, kernels: try KernelSet().level)
    infos.bounds = BuildBounds(
      bounds.budget, leastNeighbors: retrieval.minNearestNeighborsToRetrieve,
      buildSeconds: selection.maxBuildTime.map { $0.duration / .seconds(1) })
  }

  /// Where the page goes, if it is wanted; that of one of several indexes has its suffix in front of
  /// the extension.
  func reportPath(suffix: String = "") -> String? {
    guard saveOnDisk, !noReport else { return nil }
    let path = report ?? pagePath(besides: indexInfosPath)
    guard path.hasSuffix(".html") else { return path + suffix }
    return path.dropLast(5) + suffix + ".html"
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
