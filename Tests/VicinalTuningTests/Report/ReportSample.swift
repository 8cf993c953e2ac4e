import VicinalCore
import VicinalTuning

/// Infos with every field filled, and texts that try to become markup.
enum ReportSample {
  static let hostile = "<script>alert('x')</script> & \"q\" \u{1}"

  static func infos(hostile isHostile: Bool = false) -> IndexInfos {
    var infos = IndexInfos()
    infos.indexKey = isHostile ? hostile : "IVF1024,Flat"
    infos.indexParam = isHostile ? hostile : "nprobe=16"
    infos.indexPath = isHostile ? hostile : "folder/knn.index"
    infos.sizeInBytes = 52_530_000
    infos.averageMilliseconds = 0.06
    infos.p50Milliseconds = 0.05
    infos.p95Milliseconds = 0.09
    infos.p99Milliseconds = 0.12
    infos.reconstructionErrorPercent = 3.5
    infos.vectorCount = 100_000
    infos.dimension = 128
    infos.compressionRatio = 0.97
    infos.recallAt10 = 0.973
    infos.recalls = [1, 10, 20, 100].map { RecallFigure(k: $0, share: 0.97, queryCount: 1000) }
    infos.queriesPerSecond = 48_211
    infos.metric = isHostile ? hostile : "l2"
    infos.memoryInBytes = 66_000_000
    infos.isAccelerated = true
    infos.peakMemoryInBytes = 210_000_000
    infos.buildSeconds = 14.2
    infos.reason = isHostile ? hostile : "the fastest of 3"
    infos.warnings = [isHostile ? hostile : "3 vectors occur twice"]
    infos.operatingPoints = zip([4, 16, 64], [(0.7, 0.02), (0.97, 0.06), (0.999, 0.2)]).map {
      TunedSetting(point("nprobe=\($0)", $1.0, $1.1), within: 10)
    }
    infos.predictedSizeInBytes = 52_400_000
    infos.predictedMemoryInBytes = 65_900_000
    infos.selection = selection(isHostile ? hostile : nil)
    infos.seed = .max
    infos.versions = BuildVersions(kernels: .portable)
    infos.versions?.vicinal = isHostile ? hostile : "9.8.7"
    infos.steps = [StepTime(step: isHostile ? hostile : "train", seconds: 3.25)]
    infos.queries = QueryOrigin(count: 1000, areGiven: true)
    infos.bounds = BuildBounds(Budget(), leastNeighbors: 20, buildSeconds: 600)
    return infos
  }

  static func point(_ parameters: String, _ recall: Double, _ time: Double) -> MeasuredPoint {
    MeasuredPoint(
      parameters: parameters, recall: [1: recall, 10: recall], recallInterval: [0.5, 1],
      meanMilliseconds: time, p50Milliseconds: time, p95Milliseconds: time,
      p99Milliseconds: time)
  }

  private static func selection(_ text: String?) -> SelectionReport {
    let names = ["IVF1024,SQ8", "IVF1024,Flat", "HNSW32,Flat"]
    var candidates = names.enumerated().map { place, key in
      CandidateReport(
        key: text ?? key, isAccelerated: place > 0, predictedFileBytes: 1 << 24,
        predictedMemoryBytes: 1 << 25, verdict: place == 1 ? .chosen : .measured,
        reason: text ?? "reason \(place)",
        samplePoints: [point(text ?? "a=1", 0.5, 0.01), point(text ?? "a=2", 0.95, 0.04)],
        predictedPoints: [point(text ?? "b=1", 0.5, 0.02), point(text ?? "b=2", 0.94, 0.08)],
        buildSeconds: 1, predictedBuildSeconds: 20)
    }
    candidates.append(
      CandidateReport(
        key: text ?? "HNSW64,Flat", isAccelerated: false, predictedFileBytes: 1 << 30,
        predictedMemoryBytes: 1 << 30, verdict: .tooLarge, reason: text ?? "too large by far"))
    return SelectionReport(
      method: "measured",
      statistics: DataStatistics(
        count: 100_000, dimension: 128, sampleCount: 50_000, queryCount: 1000,
        queriesAreGiven: false, meanNorm: 11.3, normDeviation: 0.7, duplicateShare: 0.01,
        localIntrinsicDimension: 17.2),
      targetRecall: 0.95, candidates: candidates, chosenKey: text ?? "IVF1024,Flat",
      reason: text ?? "the fastest of 3", seconds: 6, seed: 5)
  }
}
