import CVicinalKernels
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Rows and queries prepared for the scan kernels of one level, with the bounds open to be
/// falsified.
struct ScanInput {
  let table: CTable
  let metric: Metric
  let rows: Vectors
  let queries: Vectors
  let centre: [Float]?
  let isInt8: Bool
  /// Float panels are kept as their bytes.
  var codes: [UInt8] = []
  var halfNorms: [Float] = []
  var scales: [Float] = []
  var bounds: [Float] = []
  var queryCodes: [Int8] = []
  var facts: [vcl_query_facts] = []
  var centreNorm: Float = 0

  init(
    _ table: CTable, _ metric: Metric, rows: Vectors, queries: Vectors, isInt8: Bool,
    centred: Bool = true
  ) {
    self.table = table
    self.metric = metric
    self.rows = rows
    self.queries = queries
    self.isInt8 = isInt8
    let isL2 = metric == .l2
    centre = centred ? VicinalComputeTests.centre(of: rows) : nil
    if !isL2, let centre {
      centreNorm = table.norms(Vectors(centre, dimension: rows.dimension))[0].squareRoot()
    }
    for first in stride(from: 0, to: rows.count, by: 32) {
      append(rows.rows(first..<min(first + 32, rows.count)), isL2: isL2)
    }
    for query in 0..<queries.count {
      let quantized = table.quantizeQuery(queries[query], centre: isL2 ? centre : nil)
      queryCodes += quantized.codes
      facts.append(quantized.facts)
    }
  }

  private mutating func append(_ rows: Vectors, isL2: Bool) {
    if isInt8 {
      let panel = table.quantizePanel(rows, centre: centre, isL2: isL2)
      codes += panel.codes
      halfNorms += panel.halfNorms
      scales += panel.scales
      bounds += panel.bounds
    } else {
      let panel = table.packPanel(rows, centre: centre, isL2: isL2)
      unsafe panel.codes.withUnsafeBytes { unsafe codes.append(contentsOf: $0) }
      halfNorms += panel.halfNorms
      bounds += panel.bounds
    }
  }

  var panelCount: Int { (rows.count + 31) / 32 }

  /// The true score of a row: half a squared distance up to a number per query, or a negated
  /// inner product up to a number per query.
  func trueScore(query: Int, row: Int) -> Double {
    let origin = centre ?? Array(repeating: 0, count: rows.dimension)
    let value = metric.value(queries[query], rows[row])
    if metric == .l2 { return (value - metric.value(queries[query], origin[...])) / 2 }
    return metric.value(queries[query], origin[...]) - value
  }
}

/// The state of one query, as the kernels see it.
struct ScanState {
  var threshold: Float = .infinity
  let k: Int
  /// The smallest upper bounds, or for larger k those of all candidates.
  var upper: [Float]
  var lower: [Float] = []
  var labels: [Int64] = []

  init(k: Int, threshold: Float = .infinity) {
    self.k = k
    self.threshold = threshold
    upper = Array(repeating: .infinity, count: k <= Int(VCL_LARGEST_HEAP) ? max(1, k) : 0)
  }

  /// The labels that the threshold has not ruled out.
  var candidates: [Int64] { labels.indices.filter { lower[$0] <= threshold }.map { labels[$0] } }
}
