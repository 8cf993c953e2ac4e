import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: bad input")
struct BadInputLaws {
  static let bad: [Float] = [.nan, .infinity, -.infinity]

  /// Rows of which number 3 and 5 are not finite.
  private func spoiled(_ value: Float) -> Vectors {
    var rows = ContractCase.rows(900, seed: 40)
    rows.values[3 * ContractCase.dimension + 7] = value
    rows.values[5 * ContractCase.dimension] = value
    return rows
  }

  private func expectRow3(
    _ error: IndexError?, _ context: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(error?.code == .notFinite, "\(context)", sourceLocation: sourceLocation)
    let isNamed = error?.message.contains("row 3 ") ?? false
    #expect(isNamed, "\(context): \(error?.message ?? "")", sourceLocation: sourceLocation)
  }

  @Test("NaN and infinities are refused with the row named", arguments: ContractCase.all)
  func notFinite(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(60, seed: 41)
    for value in Self.bad {
      var index = try contract.filled(rows)
      let before = try index.search(rows, k: 3)
      expectRow3(indexError { try index.add(spoiled(value)) }, "\(contract) add")
      expectRow3(
        indexError { _ = try index.search(spoiled(value), k: 3) }, "\(contract) search")
      if let searchable = contract.ranging(index) {
        expectRow3(
          indexError { _ = try searchable.rangeSearch(spoiled(value), radius: 1) },
          "\(contract) range search")
      }
      if try contract.takesIDs() {
        let error = indexError {
          _ = try add(spoiled(value), ids: Array(0..<900), to: &index)
        }
        expectRow3(error, "\(contract) add with ids")
      }
      #expect(index.count == 60)
      #expect(try index.search(rows, k: 3) == before, "\(contract): changed by a refused call")
    }
  }

  @Test("training refuses NaN and infinities with the row named", arguments: ContractCase.all)
  func train(_ contract: ContractCase) throws {
    for value in Self.bad {
      var index = try contract.subject.make(ContractCase.dimension, contract.metric)
      let wasTrained = index.isTrained
      expectRow3(indexError { try index.train(on: spoiled(value)) }, "\(contract) train")
      #expect(index.isTrained == wasTrained)
    }
  }

  @Test("another dimension is refused, and both are named", arguments: ContractCase.all)
  func dimension(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(60, seed: 42)
    var index = try contract.filled(rows)
    let wide = DataShape.uniform.make(900, dimension: ContractCase.dimension + 1, seed: 43)
    var errors: [(String, IndexError?)] = [
      ("add", indexError { try index.add(wide) }),
      ("search", indexError { _ = try index.search(wide, k: 1) }),
      ("train", indexError { try index.train(on: wide) }),
    ]
    if let searchable = contract.ranging(index) {
      errors.append(
        ("range search", indexError { _ = try searchable.rangeSearch(wide, radius: 1) }))
    }
    for (call, error) in errors {
      #expect(error?.code == .dimensionMismatch, "\(contract) \(call)")
      let message = error?.message ?? ""
      #expect(message.contains("16") && message.contains("17"), "\(contract) \(call): \(message)")
    }
    #expect(index.count == 60)
    try contract.expectSearch(index, rows)
  }

  @Test("a radius must be a number", arguments: ContractCase.all)
  func radius(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(40, seed: 44)
    guard let index = contract.ranging(try contract.filled(rows)) else { return }
    let error = indexError { _ = try index.rangeSearch(rows, radius: .nan) }
    #expect(error?.code == .invalidArgument, "\(contract)")
  }
}
