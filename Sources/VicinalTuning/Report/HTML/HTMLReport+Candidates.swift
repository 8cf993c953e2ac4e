extension HTMLReport {
  /// The chart with its explanation.
  var chart: Markup {
    let drawing = RecallTimeChart(infos)
    guard !drawing.curves.isEmpty else { return .none }
    let hasCandidates = drawing.curves.contains { $0.role != .measured }
    let narrowHint: Markup =
      hasCandidates
      ? " <span class=\"narrow-only\">Numbers are those of the table below.</span>" : .none
    return """
      <section>
      <h2>Recall and time</h2>
      <p class="note">Strong line: measured on the finished index; the ring is the setting in its \
      file.\(hasCandidates ? candidateHint : .none) Up and to the left is better. The scale of \
      recall stretches towards 100 %.\(far(drawing))\(narrowHint)</p>
      \(drawing.markup)
      </section>
      """
  }

  private var candidateHint: Markup {
    " Dashed: what was predicted of it from a sample; thin: the other candidates."
  }

  private func far(_ chart: RecallTimeChart) -> Markup {
    guard let limit = chart.limit,
      let most = chart.curves.flatMap(\.points).map(\.milliseconds).max(),
      limit >= 4 * most
    else { return .none }
    return " The limit of \(ReportNumber.milliseconds(limit)) lies far to the right."
  }

  /// Every candidate with its figures and what became of it; those without a curve fold away.
  var candidates: Markup {
    guard let selection = infos.selection, !selection.candidates.isEmpty else { return .none }
    let numbered = Array(selection.candidates.enumerated())
    let seen = numbered.filter { !$0.element.shownPoints.isEmpty || $0.element.verdict == .chosen }
    let unseen = numbered.filter { $0.element.shownPoints.isEmpty && $0.element.verdict != .chosen }
    let isPredicted = selection.candidates.contains { !$0.predictedPoints.isEmpty }
    let source =
      selection.method == "measured"
      ? "measured on a sample\(isPredicted ? " and extrapolated to all vectors" : "")"
      : "from AutoFaiss's table"
    return """
      <section>
      <h2>Candidates</h2>
      <p class="note">\(selection.candidates.count) candidates, \(source), in \
      \(ReportNumber.seconds(selection.seconds)).\(companionHint)</p>
      \(seen.isEmpty ? .none : table(seen.map { row($0.offset + 1, $0.element) }))
      \(unseen.isEmpty ? .none : folded(unseen.map { plainRow($0.offset + 1, $0.element) }))
      </section>
      """
  }

  private func table(_ rows: [Markup]) -> Markup {
    """
    <table class="cards">
    <thead><tr><th>#</th><th>Index</th><th>Verdict</th><th class="number">recall@10</th>\
    <th class="number">ms per query</th><th class="number">File</th>\
    <th class="number">Memory</th><th class="number">Build</th></tr></thead>
    <tbody>
    \(rows)
    </tbody>
    </table>
    """
  }

  private func folded(_ rows: [Markup]) -> Markup {
    """
    <details>
    <summary>\(rows.count) more that were not measured</summary>
    <table>
    <thead><tr><th>#</th><th>Index</th><th class="number">File</th><th>Verdict</th></tr></thead>
    <tbody>
    \(rows)
    </tbody>
    </table>
    </details>
    """
  }

  private func plainRow(_ number: Int, _ candidate: CandidateReport) -> Markup {
    """
    <tr><td>\(number)</td><td><code>\(breakable(candidate.shownKey))</code></td>\
    <td class="number">\(ReportNumber.bytes(candidate.predictedFileBytes))</td>\
    <td>\(candidate.verdict.words)<small>\(candidate.reason)</small></td></tr>
    """
  }

  private var companionHint: Markup {
    infos.selection?.candidates.contains { $0.isAccelerated } == true
      ? " “+ int8”: with copies of the vectors in bytes, in memory only, that searches look at first."
      : .none
  }

  private func row(_ number: Int, _ candidate: CandidateReport) -> Markup {
    let point = candidate.shownPoint(infos.bounds, target: infos.selection?.targetRecall)
    let setting = point?.parameters ?? ""
    let recall = point?.recall[10].map(ReportNumber.percent) ?? "–"
    let time = point.map { ReportNumber.significant($0.meanMilliseconds) } ?? "–"
    let build = (candidate.predictedBuildSeconds ?? candidate.buildSeconds)
      .map(ReportNumber.seconds)
    let style: Markup = candidate.verdict == .chosen ? " class=\"chosen\"" : .none
    return """
      <tr\(style)><td data-label="#">\(number)</td>\
      <td class="key" data-label="Index"><code>\(breakable(candidate.shownKey))</code>\
      <small>\(setting)</small></td>\
      <td data-label="Verdict"><strong>\(candidate.verdict.words)</strong>\
      <small>\(candidate.reason)</small></td>\
      <td class="number" data-label="recall@10">\(recall)</td>\
      <td class="number" data-label="ms per query">\(time)</td>\
      <td class="number" data-label="File">\(ReportNumber.bytes(candidate.predictedFileBytes))</td>\
      <td class="number" data-label="Memory">\
      \(ReportNumber.bytes(candidate.predictedMemoryBytes))</td>\
      <td class="number" data-label="Build">\(build ?? "–")</td></tr>
      """
  }

  /// Every setting that tuning measured on the finished index.
  var operatingPoints: Markup {
    guard infos.operatingPoints.count > 1 else { return .none }
    let rows = infos.operatingPoints.map { point -> Markup in
      let style: Markup = point.parameters == infos.indexParam ? " class=\"chosen\"" : .none
      return """
        <tr\(style)><td><code>\(breakable(point.parameters))</code></td>\
        <td class="number">\(ReportNumber.percent(point.recall))</td>\
        <td class="number">\(ReportNumber.significant(point.milliseconds))</td></tr>
        """
    }
    return """
      <section>
      <h2>Settings of the finished index</h2>
      <table><thead><tr><th>Parameters</th><th class="number">recall@10</th>\
      <th class="number">ms per query</th></tr></thead>
      <tbody>
      \(rows)
      </tbody></table>
      </section>
      """
  }
}

extension CandidateVerdict {
  /// For people.
  var words: String {
    switch self {
    case .chosen: "chosen"
    case .measured: "measured"
    case .tooLarge: "too large"
    case .tooSlowToBuild: "too slow to build"
    case .dominated: "outdone"
    case .notTried: "not tried"
    }
  }
}
