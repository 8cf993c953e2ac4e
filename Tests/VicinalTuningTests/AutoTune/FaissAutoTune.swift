import Foundation
import VicinalCore

/// What faiss's auto-tuning said to random input: `Tests/Resources/autotune/make_autotune.py`.
struct FaissAutoTune: Decodable, Sendable {
  struct Points: Decodable, Sendable {
    let performance: [Double]
    let seconds: [Double]
    let kept: [Bool]
    let optimal: [Int]
    let asked: [Double]
    let reached: [Double]
  }

  struct Criterion: Decodable, Sendable {
    let queries: Int
    let truth: [Int64]
    let found: [Int64]
    /// Value for R = 1, 2 …
    let one: [Double]
    let intersection: [Double]

    var places: Int { found.count / queries }

    /// The first places of each query.
    func neighbors(_ ids: [Int64], _ k: Int) -> Neighbors {
      let first = (0..<queries).flatMap { ids[$0 * places..<$0 * places + k] }
      return Neighbors(k: k, distances: Array(repeating: 0, count: first.count), ids: first)
    }
  }

  struct Space: Decodable, Sendable {
    let key: String
    let names: [String]
    /// Of every second combination, whether it is at least every third one.
    let at_least: [[Bool]]
  }

  let points: [Points]
  let criteria: [Criterion]
  let spaces: [Space]

  static func load() throws -> FaissAutoTune {
    let url = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources/autotune/faiss_autotune.json")
    return try JSONDecoder().decode(FaissAutoTune.self, from: Data(contentsOf: url))
  }
}
