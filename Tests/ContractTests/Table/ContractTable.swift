import VicinalTestSupport

/// Kinds of index, and what each of them can do under its metrics.
struct ContractTable {
  /// One kind: for each capability the metrics under which it works.
  struct Row {
    let kind: String
    let metrics: [String]
    let works: [[String]]
  }

  let title: String
  let capabilities: [String]
  let rows: [Row]

  /// Kinds under a metric.
  var caseCount: Int { rows.reduce(0) { $0 + $1.metrics.count } }

  /// Pairs of a case and a capability it has, and of all there could be.
  var pairs: (have: Int, all: Int) {
    (rows.reduce(0) { $0 + $1.works.joined().count }, caseCount * capabilities.count)
  }

  var summary: String {
    "\(rows.count) kinds under \(caseCount) metrics in all; of \(pairs.all) pairs with a capability"
      + " \(pairs.have) are there"
  }

  /// The table as Markdown. “–” stands for what a kind cannot do; where it depends on the metric,
  /// the metrics are named.
  var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let head = ["kind", "metrics"] + capabilities
    var text = "## \(title)\n\n\(summary).\n\n"
    text += line(head) + line(head.map { _ in "---" })
    for row in rows {
      let cells = row.works.map {
        $0.isEmpty ? "–" : $0 == row.metrics ? "✓" : $0.joined(separator: ", ")
      }
      text += line([row.kind, row.metrics.joined(separator: ", ")] + cells)
    }
    return text
  }

  /// Asks every kind of index over floats.
  static func floats() throws -> ContractTable {
    ContractTable(
      title: "Indexes over floats", capabilities: Capability.allCases.map(\.rawValue),
      rows: try contractSubjects.map { subject in
        let cases = subject.metrics.map { ContractCase(subject: subject, metric: $0) }
        return Row(
          kind: subject.name, metrics: subject.metrics.map { "\($0)" },
          works: try Capability.allCases.map { capability in
            try cases.filter(capability.works).map { "\($0.metric)" }
          })
      })
  }

  /// Asks every kind of index over bits.
  static func bits() throws -> ContractTable {
    ContractTable(
      title: "Indexes over bits", capabilities: Capability.allCases.map(\.rawValue),
      rows: try BinaryContract.subjects.map { subject in
        Row(
          kind: subject.description, metrics: ["hamming"],
          works: try Capability.allCases.map {
            try $0.works(subject) ? ["hamming"] : []
          })
      })
  }
}
