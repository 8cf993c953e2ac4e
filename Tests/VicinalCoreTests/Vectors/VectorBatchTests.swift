import Testing
import VicinalCore
import VicinalTestSupport

@Suite("VectorBatch")
struct VectorBatchTests {
  private func error(_ floats: Int, dimension: Int) -> IndexError? {
    let values = [Float](repeating: 0, count: floats)
    do throws(IndexError) {
      _ = try VectorBatch(values.span, dimension: dimension)
      return nil
    } catch {
      return error
    }
  }

  @Test("rows must be whole")
  func wholeRows() {
    #expect(error(6, dimension: 3) == nil)
    #expect(error(0, dimension: 3) == nil)
    #expect(error(7, dimension: 3)?.code == .dimensionMismatch)
    #expect(error(7, dimension: 3)?.message == "7 floats are not a whole number of rows of 3")
    #expect(error(0, dimension: 0)?.code == .invalidArgument)
    #expect(error(4, dimension: -2)?.code == .invalidArgument)
  }

  @Test("rows and ranges view the same floats")
  func views() throws {
    let vectors = DataShape.uniform.make(9, dimension: 5, seed: 71)
    let batch = try vectors.batch()
    #expect(batch.count == 9 && batch.dimension == 5)
    for row in 0..<9 {
      let span = batch.row(row)
      #expect(span.indices.map { span[$0] } == Array(vectors[row]))
    }
    let middle = batch.rows(3..<7)
    let span = middle.values
    #expect(middle.count == 4)
    #expect(span.indices.map { span[$0] } == vectors.rows(3..<7).values)
    #expect(batch.rows(9..<9).count == 0)
  }

  @Test("the dimension of an index is required, and both are named")
  func dimension() throws {
    let values: [Float] = [1, 2, 3, 4]
    let batch = try VectorBatch(values.span, dimension: 2)
    try batch.requireDimension(2, of: "queries")
    do throws(IndexError) {
      try batch.requireDimension(3, of: "queries")
      Issue.record("no error")
    } catch {
      #expect(error.code == .dimensionMismatch)
      #expect(
        error.message == "queries have dimension 2, but the index has dimension 3")
    }
  }

  @Test(
    "NaN and infinities are found in every place, and the first row is named",
    arguments: [Float.nan, .infinity, -.infinity, .signalingNaN, -.nan])
  func finite(bad: Float) throws {
    for dimension in [1, 3, 16, 33] {
      var vectors = DataShape.uniform.make(7, dimension: dimension, seed: 72)
      try vectors.batch().requireFinite(of: "rows")
      for row in 0..<7 {
        let column = (row * 5) % dimension
        let kept = vectors.values[row * dimension + column]
        vectors.values[row * dimension + column] = bad
        vectors.values[7 * dimension - 1] = row == 6 ? vectors.values[7 * dimension - 1] : bad
        do throws(IndexError) {
          try vectors.batch().requireFinite(of: "vectors to add", rowOffset: 100)
          Issue.record("no error for \(bad) in row \(row), d \(dimension)")
        } catch {
          #expect(error.code == .notFinite)
          #expect(error.message.contains("row \(row + 100) of the vectors to add"), "\(error)")
          #expect(error.message.contains("column \(column)"), "\(error)")
        }
        vectors.values[row * dimension + column] = kept
        vectors.values[7 * dimension - 1] = 0
      }
    }
  }

  @Test("the largest and smallest numbers are finite")
  func extremes() throws {
    let values: [Float] = [
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0,
    ]
    try VectorBatch(values.span, dimension: 2).requireFinite(of: "rows")
    try VectorBatch([Float]().span, dimension: 2).requireFinite(of: "rows")
  }
}
