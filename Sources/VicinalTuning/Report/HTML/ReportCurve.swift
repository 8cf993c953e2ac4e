/// A curve of recall against time.
struct ReportCurve: Sendable, Equatable {
  /// What the curve stands for.
  enum Role: Sendable {
    /// A candidate that was not taken.
    case other
    /// What was predicted of the chosen one.
    case chosenPrediction
    /// What was measured on the finished index.
    case measured
  }

  /// One setting.
  struct Point: Sendable, Equatable {
    var parameters: String
    var recall: Double
    var milliseconds: Double
  }

  /// Number in the table of candidates; 0 for the finished index.
  var number: Int
  /// Name of the curve.
  var label: String
  var role: Role
  /// From fast to slow.
  var points: [Point]

  /// The settings that no faster one equals; the line runs through these. The others, dots beside
  /// it, are what noise or a bad combination of parameters made slower.
  var front: [Point] {
    var best = -1.0
    return points.filter { point in
      defer { best = max(best, point.recall) }
      return point.recall > best
    }
  }

  /// Curves of a report: candidates first, the finished index last and thus on top.
  static func all(of infos: IndexInfos) -> [ReportCurve] {
    var curves: [ReportCurve] = []
    for (place, candidate) in (infos.selection?.candidates ?? []).enumerated() {
      let isChosen = candidate.verdict == .chosen
      let points = candidate.shownPoints.compactMap {
        point in
        point.recall[10].map {
          Point(
            parameters: point.parameters, recall: $0, milliseconds: point.meanMilliseconds)
        }
      }
      curves.append(
        ReportCurve(
          number: place + 1, label: candidate.shownKey,
          role: isChosen ? .chosenPrediction : .other, points: points))
    }
    var measured = infos.operatingPoints.map {
      Point(parameters: $0.parameters, recall: $0.recall, milliseconds: $0.milliseconds)
    }
    if measured.isEmpty, let point = infos.finalPoint { measured = [point] }
    curves.append(
      ReportCurve(number: 0, label: infos.indexKey, role: .measured, points: measured))
    for place in curves.indices {
      curves[place].points = curves[place].points
        .filter { $0.milliseconds > 0 && $0.milliseconds.isFinite && $0.recall.isFinite }
        .sorted { ($0.milliseconds, $0.recall) < ($1.milliseconds, $1.recall) }
    }
    return curves.filter { !$0.points.isEmpty }.sorted { $0.role.layer < $1.role.layer }
  }
}

extension ReportCurve.Role {
  /// Higher is drawn later.
  fileprivate var layer: Int {
    switch self {
    case .other: 0
    case .chosenPrediction: 1
    case .measured: 2
    }
  }
}

extension CandidateReport {
  /// What is shown of a candidate: what all vectors are predicted to bring, else the sample.
  var shownPoints: [MeasuredPoint] { predictedPoints.isEmpty ? samplePoints : predictedPoints }

  /// The key, with its companion.
  var shownKey: String { isAccelerated ? "\(key) + int8" : key }

  /// The setting that would be taken within some bounds.
  func shownPoint(_ bounds: BuildBounds?, target: Double?) -> MeasuredPoint? {
    SelectionReport.representative(
      of: shownPoints.filter { $0.recall[10] != nil },
      targetRecall: bounds?.targetRecall ?? target ?? 1,
      milliseconds: bounds?.queryMilliseconds ?? .infinity)
  }
}

extension IndexInfos {
  /// The finished index with the parameters that its file holds.
  var finalPoint: ReportCurve.Point? {
    guard averageMilliseconds > 0 else { return nil }
    // The point of the tuning, where there is one, so that it lies on the curve.
    if let tuned = operatingPoints.first(where: { $0.parameters == indexParam }) {
      return ReportCurve.Point(
        parameters: indexParam, recall: tuned.recall, milliseconds: tuned.milliseconds)
    }
    return ReportCurve.Point(
      parameters: indexParam, recall: recallAt10, milliseconds: averageMilliseconds)
  }
}
