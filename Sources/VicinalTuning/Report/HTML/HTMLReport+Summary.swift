extension HTMLReport {
  /// What was built, with the figures that matter most.
  var summary: Markup {
    """
    <header>
    <p class="kind">Vicinal · index report</p>
    <h1>\(breakable(infos.indexKey))</h1>
    <p class="lead-text">\(ReportNumber.whole(infos.vectorCount)) vectors of dimension \
    \(ReportNumber.whole(infos.dimension)), metric \(infos.metric)\(parameters)</p>
    \(reason)
    \(warnings)
    </header>
    <section class="tiles" aria-label="Key figures">
    \(tiles)
    </section>
    """
  }

  private var parameters: Markup {
    infos.indexParam.isEmpty ? .none : ", searched with <code>\(infos.indexParam)</code>"
  }

  private var reason: Markup {
    infos.reason.isEmpty ? .none : "<p><small>Why:</small> \(infos.reason)</p>"
  }

  private var warnings: Markup {
    guard !infos.warnings.isEmpty else { return .none }
    return """
      <ul class="warnings" aria-label="Warnings">
      \(infos.warnings.map { "<li>\($0)</li>" as Markup })
      </ul>
      """
  }

  private var tiles: [Markup] {
    let recall = infos.recalls.first { $0.k == 10 }
    let interval =
      recall.map {
        "95 % interval \(ReportNumber.percent($0.low)) to \(ReportNumber.percent($0.high))"
      } ?? "on held-out queries"
    return [
      tile(
        "recall@10", ReportNumber.percent(recall?.share ?? infos.recallAt10), interval),
      tile(
        "time per query", ReportNumber.milliseconds(infos.averageMilliseconds),
        "99th percentile \(ReportNumber.milliseconds(infos.p99Milliseconds))"),
      tile(
        "index file", ReportNumber.bytes(infos.sizeInBytes),
        infos.compressionRatio > 0
          ? "compression ratio \(ReportNumber.significant(infos.compressionRatio))" : ""),
      tile(
        "built in", ReportNumber.seconds(infos.buildSeconds),
        "\(ReportNumber.bytes(infos.peakMemoryInBytes)) of memory at most"),
    ]
  }

  private func tile(_ name: String, _ value: String, _ note: String) -> Markup {
    """
    <div class="tile"><span class="tile-name">\(name)</span>\
    <span class="tile-value">\(value)</span><span class="tile-note">\(note)</span></div>
    """
  }

  /// A factory string that may be broken behind its commas.
  func breakable(_ key: String) -> Markup {
    let parts = key.split(separator: ",", omittingEmptySubsequences: false)
    let pieces = parts.map { Markup.escaped($0) }
    return Markup(stringLiteral: pieces.joined(separator: ",<wbr/>"))
  }
}
