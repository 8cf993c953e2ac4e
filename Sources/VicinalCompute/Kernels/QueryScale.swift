import CVicinalKernels
import VicinalCore

/// How the scores of a batch of queries relate to values of the metric, and how large the
/// numbers involved are.
struct QueryScale {
  let metric: Metric
  /// ‖q − centre‖² under L2, ⟨q, centre⟩ under inner product.
  var shifts: [Float]
  /// Norms of the queries (relative to the centre under L2), rounded up.
  var norms: [Float]
  /// Norm of the centre under inner product, 0 otherwise.
  var centreNorm: Float = 0

  init(
    _ queries: borrowing VectorBatch, metric: Metric, centre: [Float]?, codes: QueryCodes?,
    kernels: KernelSet
  ) {
    self.metric = metric
    shifts = Array(repeating: 0, count: queries.count)
    norms = shifts
    guard metric == .l2 || metric == .innerProduct else { return }
    for query in 0..<queries.count {
      let row = queries.row(query)
      var square = kernels.distance(row, row, metric: .innerProduct)
      if metric == .l2, let centre { square = kernels.distance(row, centre.span, metric: .l2) }
      norms[query] = codes?.facts[query].norm ?? (square.squareRoot() * 1.001)
      if metric == .l2 {
        shifts[query] = square
      } else if let centre {
        shifts[query] = kernels.distance(row, centre.span, metric: .innerProduct)
      }
    }
    if metric == .innerProduct, let centre {
      centreNorm = kernels.distance(centre.span, centre.span, metric: .innerProduct).squareRoot()
    }
  }

  /// Whether scores of a query stay so far within the float range that their errors can be
  /// bounded. Anything that is not, NaN included, must be compared row by row.
  func isBounded(_ query: Int) -> Bool {
    let limit = Int8Panels.largestNorm
    return norms[query] <= limit && centreNorm <= limit && abs(shifts[query]) <= limit * limit
  }

  /// A score that no row within the radius exceeds.
  func threshold(radius: Float, query: Int, isPlain: Bool) -> Float {
    if isPlain { return metric.isSimilarity ? -radius : radius }
    let radius = Double(radius)
    let shift = Double(shifts[query])
    let norm = Double(norms[query])
    let exact = metric == .l2 ? (radius - shift) / 2 : shift - radius
    // Float sums of up to 65,536 terms behind the shift, and the rounding of the radius.
    let slack = 1e-4 * (abs(shift) + norm * norm) + 1e-6 * abs(radius)
    return Float(exact + slack).nextUp
  }
}
