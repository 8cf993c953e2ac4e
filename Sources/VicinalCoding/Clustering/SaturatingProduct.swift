/// The product of two counts, or the largest number where it does not fit: for limits, which need not be
/// exact beyond what anyone waits for.
///
/// - Parameters: Non-negative counts.
package func saturatingProduct(_ a: Int, _ b: Int) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? .max : product
}

/// The sum of two counts, or the largest number where it does not fit.
package func saturatingSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}
