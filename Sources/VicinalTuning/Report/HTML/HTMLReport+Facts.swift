extension HTMLReport {
  /// Recalls and percentiles, the data, what was asked for, and times per step.
  var facts: Markup {
    """
    <div class="columns">
    \(list("Quality", quality))
    \(list("Data", data))
    \(list("Asked for", asked))
    \(list("Made by", origin))
    </div>
    \(steps)
    """
  }

  private typealias Fact = (name: String, value: String)

  private func list(_ title: String, _ facts: [Fact]) -> Markup {
    guard !facts.isEmpty else { return .none }
    return """
      <section>
      <h2>\(title)</h2>
      <dl>
      \(facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as Markup })
      </dl>
      </section>
      """
  }

  private var quality: [Fact] {
    var facts: [Fact] = infos.recalls.map {
      (
        "recall@\($0.k)",
        "\(ReportNumber.percent($0.share)) (\(ReportNumber.percent($0.low)) to "
          + "\(ReportNumber.percent($0.high)))"
          + ($0.shareInFaiss.map { "; \(ReportNumber.percent($0)) in faiss" } ?? "")
      )
    }
    facts.append(("mean time of a query", ReportNumber.milliseconds(infos.averageMilliseconds)))
    for (share, time) in [
      (50, infos.p50Milliseconds), (95, infos.p95Milliseconds), (99, infos.p99Milliseconds),
    ] where time > 0 {
      facts.append(("\(share)th percentile", ReportNumber.milliseconds(time)))
    }
    if infos.queriesPerSecond > 0 {
      facts.append(
        ("in one batch", "\(ReportNumber.whole(Int(infos.queriesPerSecond))) queries per second"))
    }
    if infos.reconstructionErrorPercent > 0 {
      facts.append(
        ("reconstruction error", "\(ReportNumber.significant(infos.reconstructionErrorPercent)) %"))
    }
    if let queries = infos.queries {
      facts.append(
        (
          "measured with",
          "\(ReportNumber.whole(queries.count)) "
            + (queries.areGiven ? "given queries" : "vectors, each left out of its own answers")
        ))
    }
    return facts
  }

  private var data: [Fact] {
    var facts: [Fact] = [
      ("vectors", ReportNumber.whole(infos.vectorCount)),
      ("dimension", ReportNumber.whole(infos.dimension)), ("metric", infos.metric),
    ]
    guard let statistics = infos.selection?.statistics else { return facts }
    facts.append(("looked at", "\(ReportNumber.whole(statistics.sampleCount)) vectors"))
    facts.append(
      (
        "length of vectors",
        "\(ReportNumber.significant(statistics.meanNorm)) ± "
          + ReportNumber.significant(statistics.normDeviation)
      ))
    facts.append(("duplicates", ReportNumber.percent(statistics.duplicateShare)))
    if let intrinsic = statistics.localIntrinsicDimension {
      facts.append(("intrinsic dimension", ReportNumber.significant(intrinsic)))
    }
    return facts
  }

  private var asked: [Fact] {
    guard let bounds = infos.bounds else { return [] }
    var facts: [Fact] = []
    if let value = bounds.indexMemory { facts.append(("index at most", ReportNumber.bytes(value))) }
    if let value = bounds.workMemory {
      facts.append(("memory for building", ReportNumber.bytes(value)))
    }
    if let value = bounds.queryMilliseconds {
      facts.append(("a query at most", ReportNumber.milliseconds(value)))
    }
    if let value = bounds.targetRecall {
      facts.append(("recall@10 wanted", ReportNumber.percent(value)))
    }
    if let value = bounds.leastNeighbors {
      facts.append(("neighbours that must come back", ReportNumber.whole(value)))
    }
    if let value = bounds.buildSeconds {
      facts.append(("building at most", ReportNumber.seconds(value)))
    }
    return facts
  }

  private var origin: [Fact] {
    var facts: [Fact] = []
    if let versions = infos.versions {
      facts.append(("Vicinal", versions.vicinal))
      facts.append(("kernels", versions.kernels))
      facts.append(("Swift", versions.swift))
    }
    if let seed = infos.seed { facts.append(("seed", String(seed))) }
    return facts
  }

  private var steps: Markup {
    let longest = infos.steps.map(\.seconds).max() ?? 0
    guard longest > 0 else { return .none }
    let rows = infos.steps.map { step -> Markup in
      """
      <div class="step"><span>\(step.step)</span>\
      <span class="track"><span class="fill" style="width:\(step.seconds / longest * 100)%"></span>\
      </span><span class="number">\(ReportNumber.seconds(step.seconds))</span></div>
      """
    }
    return """
      <section>
      <h2>Time per step</h2>
      \(rows)
      </section>
      """
  }
}
