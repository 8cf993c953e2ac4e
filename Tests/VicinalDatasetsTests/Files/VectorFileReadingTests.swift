import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Reading parts of a file")
struct VectorFileReadingTests {
  @Test("goes to a position of the output and nowhere else", arguments: ["c", "fortran"])
  func position(order: String) throws {
    let file = try VectorFile(path: fixture("extremes_\(order)_i1"))
    let all = try contents(file)
    var values = [Float](repeating: -1, count: 16)
    var output = values.mutableSpan
    try file.read(2..<4, into: &output, at: 3)
    #expect(values == [-1, -1, -1] + all[10..<20] + [-1, -1, -1])
  }

  @Test(
    "stays within rows and output", arguments: [(-1, 2, 0), (6, 8, 0), (0, 2, 7), (0, 1, -1)])
  func outside(first: Int, end: Int, position: Int) throws {
    let file = try VectorFile(path: fixture("extremes_c_f4"))
    var values = [Float](repeating: 0, count: 16)
    var buffer: [Float] = []
    expectError(.invalidArgument) {
      var output = values.mutableSpan
      try file.read(first..<end, into: &output, at: position)
    }
    if position == 0 {
      expectError(.invalidArgument) {
        try file.withRows(first..<end, buffer: &buffer) { _ throws(IndexError) in }
      }
      expectError(.invalidArgument) { try file.append(first < 0 ? first : end, to: &buffer) }
      expectError(.invalidArgument) {
        _ = try VectorFile(path: fixture("extremes_c_i4")).integers(first < 0 ? first : end)
      }
    }
  }
}
