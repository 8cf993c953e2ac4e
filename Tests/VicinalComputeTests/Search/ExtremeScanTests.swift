import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Finite vectors whose squares, products or differences leave the float range.
@Suite("Certified search near the limits of float")
struct ExtremeScanTests {
  enum Kind: String, CaseIterable, Sendable {
    /// Every row has a magnitude of its own, 10⁻³⁸ … 10³⁸.
    case everyMagnitude
    /// Most rows near 1, some at 10³⁰.
    case someHuge
    /// Rows near ±3·10³⁸, so that even differences overflow.
    case atTheLimit
    /// Rows around 10⁻³⁸, partly subnormal.
    case atTheOtherLimit
    /// Rows near 1, one at 2·10¹⁸: its square is just finite, its int8 bound is not.
    case oneBeyondTheBound

    func make(_ count: Int, dimension: Int, seed: UInt64) -> Vectors {
      var generator = SplitMix64(seed: seed)
      var values: [Float] = []
      for row in 0..<count {
        let scale: Float =
          switch self {
          case .everyMagnitude:
            Float(sign: .plus, exponent: generator.integer(below: 250) - 125, significand: 1)
          case .someHuge: row % 40 == 7 ? 1e30 : 1
          case .atTheLimit: 3e38
          case .atTheOtherLimit: 1e-38
          case .oneBeyondTheBound: row == 5 ? 2e18 : 1
          }
        let isNegative = row % 3 == 1
        for _ in 0..<dimension {
          let value = self == .atTheLimit ? generator.uniform(0.9, 1) : generator.uniform(-1, 1)
          values.append((isNegative ? -scale : scale) * value)
        }
      }
      return Vectors(
        values, dimension: dimension,
        description: "\(rawValue), \(count) × \(dimension), seed \(seed)")
    }
  }

  /// Results without the places that hold the worst value there is: no telling whether a vector
  /// at an infinite distance is a result.
  private func reachable(_ found: Neighbors, _ query: Int, _ metric: Metric) -> [String] {
    found.row(query).filter { $0.distance != metric.worst }.map { "\($0.id) at \($0.distance)" }
  }

  @Test(
    "equals brute force where values are well within float", arguments: CTable.levels, Kind.allCases
  )
  func equalsBruteForce(level: KernelLevel, kind: Kind) throws {
    let problem = try problem(level, kind, isOverflowing: false)
    #expect(problem == nil)
  }

  /// One product beyond the float range, or differences from the centre beyond it, must not cost
  /// queries under inner product other results.
  @Test("equals brute force where inner products overflow", arguments: CTable.levels)
  func overflow(level: KernelLevel) throws {
    for kind in [Kind.everyMagnitude, .someHuge, .atTheLimit] {
      let problem = try problem(level, kind, isOverflowing: true)
      #expect(problem == nil)
    }
  }

  /// The first query whose answer is wrong.
  private func problem(
    _ level: KernelLevel, _ kind: Kind, isOverflowing: Bool
  ) throws -> String? {
    let table = try CTable(level)
    for dimension in [1, 6, 40] {
      let rows = kind.make(200, dimension: dimension, seed: 61)
      var groups = [kind.make(6, dimension: dimension, seed: 63)]
      for scale: Float in [1, 1e-20, 1e10] {
        var ones = DataShape.uniform.make(5, dimension: dimension, seed: 62)
        ones.values = ones.values.map { $0 * scale }
        ones.description += " times \(scale)"
        groups.append(ones)
      }
      for queries in groups + groups.map({ $0.rows(0..<1) }) {
        for metric in [Metric.l2, .innerProduct] {
          let truth = BruteForce(table, metric, rows: rows, queries: queries)
          let isBeyond =
            metric == .innerProduct
            && (kind == .atTheLimit || truth.values.joined().contains { !(abs($0) < 1e34) })
          guard isBeyond == isOverflowing else { continue }
          for k in [1, 10, 250] {
            let expected = truth.neighbors(k: k)
            for isAccelerated in [true, false] {
              let found = try search(rows, queries, k: k, metric, isAccelerated, table.kernels)
              for query in 0..<queries.count {
                let a = reachable(found, query, metric)
                let b = reachable(expected, query, metric)
                guard a != b else { continue }
                let place = zip(a, b).prefix { $0 == $1 }.count
                return """
                  query \(query) of \(queries.count): \(a.count) results, expected \(b.count), \
                  differ at \(place): \(a.dropFirst(place).first ?? "none"), expected \
                  \(b.dropFirst(place).first ?? "none"); \(level) \(metric) k \(k) companion \
                  \(isAccelerated) \(rows), queries: \(queries)
                  """
              }
            }
          }
        }
      }
    }
    return nil
  }

  private func search(
    _ rows: Vectors, _ queries: Vectors, k: Int, _ metric: Metric, _ isAccelerated: Bool,
    _ kernels: KernelSet
  ) throws -> Neighbors {
    var chunks = RowChunks(
      dimension: rows.dimension, metric: metric, isAccelerated: isAccelerated)
    chunks.append(try rows.batch(), kernels: kernels)
    var scan = BlockScan(
      try queries.batch(), k: k, metric: metric, centre: chunks.centre, kernels: kernels
    ) { Int64($0) << Int64(chunks.shift) | Int64($1) }
    let all = (0..<queries.count).map(Int32.init)
    for block in chunks.blocks.indices {
      scan.scan(chunks.blocks[block], number: block, members: all.span, allowed: nil)
    }
    return scan.neighbors()
  }
}
