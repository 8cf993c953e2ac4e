import CVicinalKernels
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Quantising kernels")
struct QuantizeTests {
  static let shapes = DataShape.allCases
  static let dimensions = [1, 2, 3, 4, 5, 15, 16, 31, 63, 64, 65, 100, 127, 128, 129, 200]

  private func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test(
    "panels: codes equal the portable ones, and bounds cover what rounding lost",
    arguments: CTable.levels)
  func panels(level: KernelLevel) throws {
    let table = try CTable(level)
    let portable = try CTable.portable
    for shape in Self.shapes {
      for (index, dimension) in Self.dimensions.enumerated() {
        let count = [32, 1, 17, 31][index % 4]
        let rows = shape.make(count, dimension: dimension, seed: 11)
        for centre in [nil, centre(of: rows)] {
          for isL2 in [true, false] {
            let panel = table.quantizePanel(rows, centre: centre, isL2: isL2)
            let specified = portable.quantizePanel(rows, centre: centre, isL2: isL2)
            let context = "\(level) centred \(centre != nil) l2 \(isL2) \(rows)"
            if panel.codes != specified.codes || panel.scales != specified.scales {
              Issue.record("codes or scales differ from portable: \(context)")
              return
            }
            guard isSound(panel, rows, centre: centre, isL2: isL2, context) else { return }
          }
        }
      }
    }
  }

  private func isSound(
    _ panel: QuantizedPanel, _ rows: Vectors, centre: [Float]?, isL2: Bool, _ context: String
  ) -> Bool {
    let (lost, most) = (Double(panel.bounds[0]), Double(panel.bounds[1]))
    for row in 0..<32 {
      guard row < rows.count else {
        let isPadding = panel.halfNorms[row] == .infinity && panel.scales[row] == 0
        if !isPadding || (0..<rows.dimension).contains(where: { panel.code(row, $0) != 0 }) {
          Issue.record("row \(row) is not padding: \(context)")
          return false
        }
        continue
      }
      let values = relative(rows[row], to: centre).map(Double.init)
      let kept = values.indices.map { Double(panel.scales[row]) * Double(panel.code(row, $0)) }
      let rest = norm(zip(values, kept).map { $0 - $1 })
      // What float sums lose on top belongs to the slack of the scan.
      if !(rest <= lost + 3e-7 * most + 1e-21), rest > 0 {
        Issue.record("row \(row) lost \(rest), bound \(lost): \(context)")
        return false
      }
      if !(max(norm(values), norm(kept)) <= most + 1e-21) {
        Issue.record("row \(row) has norm \(norm(values)), bound \(most): \(context)")
        return false
      }
      let half = isL2 ? 0.5 * norm(values) * norm(values) : 0
      if !(abs(Double(panel.halfNorms[row]) - half) <= 1e-6 * half + 1e-38) {
        Issue.record("row \(row) has half norm \(panel.halfNorms[row]), truly \(half): \(context)")
        return false
      }
    }
    return true
  }

  @Test("float panels are the rows transposed", arguments: CTable.levels)
  func floatPanels(level: KernelLevel) throws {
    let table = try CTable(level)
    for shape in Self.shapes {
      for (index, dimension) in Self.dimensions.enumerated() {
        let rows = shape.make([32, 1, 17, 31][index % 4], dimension: dimension, seed: 12)
        for centre in [nil, centre(of: rows)] {
          for isL2 in [true, false] {
            let panel = table.packPanel(rows, centre: centre, isL2: isL2)
            let context = "\(level) centred \(centre != nil) l2 \(isL2) \(rows)"
            guard isTransposed(panel, rows, centre: centre, isL2: isL2, context) else { return }
          }
        }
      }
    }
  }

  private func isTransposed(
    _ panel: FloatPanel, _ rows: Vectors, centre: [Float]?, isL2: Bool, _ context: String
  ) -> Bool {
    for row in 0..<32 {
      let column = (0..<rows.dimension).map { panel.codes[$0 * 32 + row] }
      guard row < rows.count else {
        if panel.halfNorms[row] != .infinity || column.contains(where: { $0 != 0 }) {
          Issue.record("row \(row) is not padding: \(context)")
          return false
        }
        continue
      }
      let values = relative(rows[row], to: centre)
      let length = norm(values.map(Double.init))
      let half = isL2 ? 0.5 * length * length : 0
      if column != values || !(length <= Double(panel.bounds[1]) + 1e-21)
        || !(abs(Double(panel.halfNorms[row]) - half) <= 1e-6 * half + 1e-38)
      {
        Issue.record("row \(row), half \(panel.halfNorms[row]), bounds \(panel.bounds): \(context)")
        return false
      }
    }
    return panel.bounds[0] == 0
  }

  @Test(
    "queries respect the limit of the level, and their facts are true",
    arguments: CTable.levels)
  func queries(level: KernelLevel) throws {
    let table = try CTable(level)
    let limit = Int(table.kernels.functions.query_limit)
    for shape in Self.shapes {
      for dimension in Self.dimensions {
        let queries = shape.make(4, dimension: dimension, seed: 13)
        for centre in [nil, centre(of: queries)] {
          for query in 0..<queries.count {
            let found = table.quantizeQuery(queries[query], centre: centre)
            let context =
              "\(level) limit \(limit) centred \(centre != nil) query \(query) \(queries)"
            guard isSound(found, queries[query], centre: centre, limit, context) else { return }
          }
        }
      }
    }
  }

  private func isSound(
    _ found: QuantizedQuery, _ query: ArraySlice<Float>, centre: [Float]?, _ limit: Int,
    _ context: String
  ) -> Bool {
    let codes = found.codes.map(Int.init)
    let values = relative(query, to: centre).map(Double.init)
    let kept = values.indices.map { Double(found.facts.scale) * Double(codes[$0]) }
    let rest = norm(zip(values, kept).map { $0 - $1 })
    let length = max(norm(values), norm(kept))
    let problems: [(String, Bool)] = [
      ("codes beyond the limit", codes.contains { abs($0) > limit }),
      ("codes behind the end", codes[values.count...].contains { $0 != 0 }),
      ("code sum", codes.reduce(0, +) != Int(found.facts.code_sum)),
      (
        "norm \(found.facts.norm) of \(length)", !(norm(values) <= Double(found.facts.norm) + 1e-21)
      ),
      (
        "residual \(found.facts.residual) of \(rest)",
        !(rest <= Double(found.facts.residual) + 3e-7 * length + 1e-21)
      ),
      (
        "wasted range",
        found.facts.scale > 0 && (codes.map { abs($0) }.max() ?? 0) != limit
      ),
    ]
    for (name, isWrong) in problems where isWrong {
      Issue.record("\(name): \(context)")
      return false
    }
    return true
  }
}
