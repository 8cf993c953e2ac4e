import Testing
import VicinalCore

@Suite("Errors")
struct ErrorTests {
  @Test("products that fit are exact")
  func products() throws {
    #expect(try checkedProduct(of: "nothing") == 1)
    #expect(try checkedProduct(3, 0, 7, of: "rows") == 0)
    #expect(try checkedProduct(1 << 31, 1 << 31, of: "rows") == 1 << 62)
    #expect(try checkedProduct(Int.max, 1, of: "rows") == .max)
  }

  @Test(
    "overflow and negative factors are errors that name the factors",
    arguments: [
      [Int.max, 2], [1 << 32, 1 << 31], [-1, 3], [3, -1], [1 << 40, 1 << 40, 0], [.min, -1],
    ])
  func overflow(factors: [Int]) {
    let error = #expect(throws: IndexError.self) {
      switch factors.count {
      case 2: try checkedProduct(factors[0], factors[1], of: "the rows")
      default: try checkedProduct(factors[0], factors[1], factors[2], of: "the rows")
      }
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("the rows") == true)
    for factor in factors { #expect(error?.message.contains("\(factor)") == true) }
  }

  @Test("codes keep their numbers")
  func numbers() {
    let codes: [IndexError.Code] = [
      .invalidArgument, .dimensionMismatch, .notTrained, .notFinite, .unsupported, .notFound,
      .corruptFile, .fileSystem, .memoryBound, .cancelled, .insufficientData,
      .invalidSpecification, .duplicateID,
    ]
    #expect(codes.map(\.rawValue) == Array(1...13))
  }

  @Test("cancellation asks only when there is something to ask")
  func cancellation() throws {
    try Execution().checkCancellation()
    try Execution(isCancelled: { false }).checkCancellation()
    let error = #expect(throws: IndexError.self) {
      try Execution(isCancelled: { true }).checkCancellation()
    }
    #expect(error?.code == .cancelled)
  }
}
