/// Multiplies counts that come from outside and reports overflow as an error instead of a trap.
///
/// - Parameters:
///   - factors: Non-negative counts, for example rows, dimension and bytes of an element.
///   - what: What is being sized, for the message.
/// - Returns: Their product.
/// - Throws: ``IndexError/Code/invalidArgument`` if a factor is negative or the product does not
///   fit an `Int`.
public func checkedProduct(
  _ factors: Int..., of what: @autoclosure () -> String
) throws(IndexError) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard factor >= 0, !overflow else {
      let text = factors.map(String.init).joined(separator: " × ")
      throw IndexError(
        .invalidArgument,
        "the size of \(what()) is \(text), which is negative or larger than memory can address")
    }
    product = next
  }
  return product
}
