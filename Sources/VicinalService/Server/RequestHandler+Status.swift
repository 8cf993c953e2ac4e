import VicinalCore
import VicinalMessages

extension RequestHandler {
  /// Begins to choose and build another index.
  func optimize(_ request: OptimizeRequest) throws(ServiceError) -> MessageValue {
    var wish: IndexWish?
    if let text = request.index {
      do throws(IndexError) { wish = try IndexWish(parsing: text) } catch {
        throw ServiceError(.invalidRequest, "optimize: \(error.message)")
      }
    }
    guard engine.version != nil else {
      throw ServiceError(.noIndex, "there are no vectors yet; send create or add first")
    }
    engine.optimize(wish, targetRecall: request.targetRecall)
    return .record(["started": .truth(true)])
  }

  /// What the service says of itself.
  func status() -> MessageValue {
    let version = engine.version
    var fields: [String: MessageValue] = [
      "count": .integer(Int64(version?.count ?? 0)),
      "dimension": .integer(Int64(version?.dimension ?? 0)),
      "sequence": .integer(version?.sequence ?? 0),
      "metric": .text(engine.metric.rawValue),
      "index": .text(version?.main?.facts.key ?? "Flat"),
      "index_parameters": .text(version?.main?.facts.parameters ?? ""),
      "delta": .integer(Int64(version?.deltaCount ?? 0)),
      "dead_rows": .integer(Int64(version?.main?.deadCount ?? 0)),
      "queued_changes": .integer(Int64(engine.queuedChanges)),
      "k": .integer(Int64(neighbours)),
    ]
    if let recall = version?.main?.facts.recall {
      fields["index_recall"] = .number((recall * 1e4).rounded() / 1e4)
    }
    if let last = engine.snapshots.last {
      fields["snapshot_sequence"] = .integer(last.sequence)
      fields["snapshot_age_s"] = .number(Self.tenths(last.age))
    }
    fields.merge(mergeFields) { $1 }
    fields.merge(figures.fields) { $1 }
    fields.merge(statusExtras()) { $1 }
    return .record(fields)
  }

  private var mergeFields: [String: MessageValue] {
    let status = engine.mergeStatus
    var fields: [String: MessageValue] = [
      "merges": .integer(Int64(status.finished)),
      "merges_extended": .integer(Int64(status.extended)), "merge": .null,
      "merge_error": status.lastError.map { .text($0) } ?? .null,
    ]
    if let seconds = status.lastSeconds { fields["last_merge_s"] = .number(Self.tenths(seconds)) }
    if let running = status.running {
      fields["merge"] = .record([
        "reason": .text(running.reason), "phase": .text(running.phase),
        "fraction": running.fraction.map { .number((min(1, $0) * 1e3).rounded() / 1e3) } ?? .null,
        "seconds": .number(Self.tenths(running.seconds)),
        "phase_seconds_left": running.phaseSecondsLeft.map { .number(Self.tenths($0)) } ?? .null,
      ])
    }
    return fields
  }

  private static func tenths(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }
}
