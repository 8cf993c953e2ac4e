import ArgumentParser
import Foundation
import Vicinal

/// `vicinal plan`: what build-index would choose, and why, without building it.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows which index build-index would choose, and what the others would cost.",
    discussion: """
      Candidates that fit the memory bound are built on a sample, measured, and extrapolated to all \
      vectors. Nothing is written.
      """)

  @Option(
    parsing: .upToNextOption,
    help: "Files or folders with .npy, .parquet, .fvecs, .bvecs or .ivecs vectors.")
  var embeddings: [String]

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var bounds: BudgetOptions

  @OptionGroup var selection: SelectionArguments

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard !embeddings.isEmpty else { throw ValidationError("--embeddings needs a file or folder") }
  }

  func run() throws {
    let source = try reading.open(embeddings)
    work.note("\(source.count) vectors of dimension \(source.dimension)")
    if let remark = reading.remark(embeddings, source) { work.note(remark) }
    var pipeline = IndexPipeline(metric: bounds.metricType.metric)
    pipeline.selection = try selection.options(bounds, reading)
    pipeline.memory = bounds.currentMemoryAvailable.size
    let report = try pipeline.plan(for: source, execution: work.execution())
    for warning in report.warnings { work.warn(warning) }
    if work.json { return try Output.json(report) }
    try Output.print(SelectionTable(report, k: selection.k, budget: bounds.budget).text)
  }
}

/// A selection as text: one line a candidate, the best of its predicted settings.
struct SelectionTable {
  private let report: SelectionReport
  private let k: Int
  private let budget: Budget

  init(_ report: SelectionReport, k: Int, budget: Budget) {
    (self.report, self.k, self.budget) = (report, k, budget)
  }

  var text: String {
    var lines: [[String]] = [
      ["index", "file", "memory", "recall@\(k)", "ms/query", "build", "setting", "verdict"]
    ]
    let notes = report.candidates.filter { $0.verdict != .tooLarge }
    // What was measured comes first, from the fastest on.
    let measured = notes.filter { !$0.predictedPoints.isEmpty }
      .map { ($0, point(of: $0)?.meanMilliseconds ?? 0) }.sorted { $0.1 < $1.1 }.map(\.0)
    for candidate in measured + notes.filter(\.predictedPoints.isEmpty) {
      lines.append(line(candidate))
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var text = lines.map { cells in
      zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
        .joined(separator: "  ")
    }.joined(separator: "\n")
    let large = report.candidates.count - notes.count
    if large > 0 { text += "\n\(large) more would not fit \(budget.indexMemory)" }
    if let seen = report.statistics {
      text += "\n\nmeasured on \(seen.sampleCount) vectors with \(seen.queryCount)"
      text += seen.queriesAreGiven ? " given queries" : " held-out queries"
      text += " in \(String(format: "%.1f", report.seconds)) s; recall, times and sizes are"
      text += " predicted for \(seen.count) vectors"
    }
    return text + "\n\nchosen: \(report.chosenKey): \(report.reason)"
  }

  private func point(of candidate: CandidateReport) -> MeasuredPoint? {
    SelectionReport.representative(
      of: candidate.predictedPoints, targetRecall: budget.targetRecall,
      milliseconds: budget.queryMilliseconds, k: k)
  }

  private func line(_ candidate: CandidateReport) -> [String] {
    let point = point(of: candidate)
    func figure(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? "–"
    }
    return [
      candidate.key, MemorySize(bytes: candidate.predictedFileBytes).description,
      MemorySize(bytes: candidate.predictedMemoryBytes).description,
      figure(point?.recall[k], "%.3f"), figure(point?.meanMilliseconds, "%.3f"),
      figure(candidate.predictedBuildSeconds, "%.1f s"), point?.parameters ?? "",
      candidate.samplePoints.isEmpty || candidate.verdict == .tooSlowToBuild
        ? "\(candidate.verdict.rawValue): \(candidate.reason)" : candidate.verdict.rawValue,
    ]
  }
}
