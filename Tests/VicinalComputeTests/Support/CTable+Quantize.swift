import CVicinalKernels
import VicinalCompute
import VicinalTestSupport

/// Up to 32 rows as `quantize_panel` leaves them.
struct QuantizedPanel: Equatable {
  var codes: [UInt8]
  var halfNorms: [Float]
  var scales: [Float]
  var bounds: [Float]

  /// The code of a row and column, without the offset of 128.
  func code(_ row: Int, _ column: Int) -> Int {
    Int(codes[column / 4 * 128 + row * 4 + column % 4]) - 128
  }
}

/// Up to 32 rows as `pack_panel` leaves them.
struct FloatPanel: Equatable {
  var codes: [Float]
  var halfNorms: [Float]
  var bounds: [Float]
}

/// A query as `quantize_query` leaves it.
struct QuantizedQuery {
  var codes: [Int8]
  var facts: vcl_query_facts
}

extension CTable {
  func quantizePanel(_ rows: Vectors, centre: [Float]?, isL2: Bool) -> QuantizedPanel {
    var panel = QuantizedPanel(
      codes: Array(repeating: 0xaa, count: (rows.dimension + 3) / 4 * 128),
      halfNorms: Array(repeating: .nan, count: 32), scales: Array(repeating: .nan, count: 32),
      bounds: [.nan, .nan])
    let bytes = UnalignedFloats(rows.values[...], offset: 1)
    unsafe bytes.withPointer { rowBytes in
      unsafe withPointer(centre) { centre in
        unsafe kernels.functions.quantize_panel(
          rowBytes, centre, rows.dimension, rows.count, isL2 ? 1 : 0, &panel.codes,
          &panel.halfNorms, &panel.scales, &panel.bounds)
      }
    }
    return panel
  }

  func packPanel(_ rows: Vectors, centre: [Float]?, isL2: Bool) -> FloatPanel {
    var panel = FloatPanel(
      codes: Array(repeating: .nan, count: rows.dimension * 32),
      halfNorms: Array(repeating: .nan, count: 32), bounds: [.nan, .nan])
    let bytes = UnalignedFloats(rows.values[...], offset: 3)
    unsafe bytes.withPointer { rowBytes in
      unsafe withPointer(centre) { centre in
        unsafe kernels.functions.pack_panel(
          rowBytes, centre, rows.dimension, rows.count, isL2 ? 1 : 0, &panel.codes,
          &panel.halfNorms, &panel.bounds)
      }
    }
    return panel
  }

  func quantizeQuery(_ query: ArraySlice<Float>, centre: [Float]?) -> QuantizedQuery {
    var result = QuantizedQuery(
      codes: Array(repeating: 99, count: (query.count + 3) / 4 * 4), facts: vcl_query_facts())
    let bytes = UnalignedFloats(query, offset: 1)
    unsafe bytes.withPointer { queryBytes in
      unsafe withPointer(centre) { centre in
        unsafe kernels.functions.quantize_query(
          queryBytes, centre, query.count, &result.codes, &result.facts)
      }
    }
    return result
  }

  private func withPointer(_ array: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let array else { return body(nil) }
    unsafe array.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}

/// The mean of rows, as indexes use it for a centre.
func centre(of rows: Vectors) -> [Float] {
  var sums = [Double](repeating: 0, count: rows.dimension)
  for row in 0..<rows.count {
    for (column, value) in rows[row].enumerated() { sums[column] += Double(value) }
  }
  return sums.map { Float($0 / Double(max(1, rows.count))) }
}

/// What a row is relative to a centre, in float as the kernels have it.
func relative(_ row: ArraySlice<Float>, to centre: [Float]?) -> [Float] {
  guard let centre else { return Array(row) }
  return zip(row, centre).map { $0 - $1 }
}
