import Foundation
import Vicinal

// One side of `bench/side_by_side.py`: reads one JSON command per line, does it, and answers
// with one JSON line. The driver alternates between this process and faiss.

/// What the driver asks for.
struct Command: Decodable {
  var op: String
  var base: String?
  var queries: String?
  var metric: String?
  var key: String?
  var threads: Int?
  var k: Int?
  var param: String?
  var out: String?
  var iterations: Int?
  var single: Int?
}

/// What it gets back.
struct Answer: Encodable {
  var seconds = 0.0
  var bytes = 0
  var objective: Double?
  var error: String?
}

/// The data and the index between commands.
struct Session {
  var base: [Float] = []
  var queries: [Float] = []
  var dimension = 1
  var metric = Metric.l2
  var index: (any VectorIndex)?

  mutating func perform(_ command: Command) throws -> Answer {
    let execution = Execution(workers: command.threads)
    var answer = Answer()
    switch command.op {
    case "load":
      let source = try EmbeddingFiles([command.base ?? ""])
      base = try source.load()
      dimension = source.dimension
      queries = try EmbeddingFiles([command.queries ?? ""]).load()
      metric = command.metric == "l2" ? .l2 : .innerProduct
    case "build":
      // A reference of its own, so that the rows do not lock the session.
      let values = base
      let rows = try VectorBatch(values.span, dimension: dimension)
      index = nil
      var built = try IndexSpec(parsing: command.key ?? "Flat").makeIndex(
        dimension: dimension, metric: metric)
      answer.seconds = try timed {
        try built.train(on: rows, execution: execution)
        try built.add(rows, execution: execution)
      }
      answer.bytes = built.byteCount
      index = built
    case "search":
      answer.seconds = try search(command, execution)
    case "kmeans":
      let count = command.k ?? 1
      var options = KMeansOptions()
      options.iterations = command.iterations ?? 10
      let rows = try VectorBatch(base.span, dimension: dimension)
      answer.seconds = try timed {
        let result = try KMeans.cluster(
          rows, k: count, options: options, execution: execution)
        answer.objective = result.iterations.last?.objective
      }
    default: answer.error = "unknown operation \(command.op)"
    }
    return answer
  }

  private func search(_ command: Command, _ execution: Execution) throws -> Double {
    guard let index = self.index else { return 0 }
    var options = SearchOptions(execution: execution)
    for part in (command.param ?? "").split(separator: ",") {
      let sides = part.split(separator: "=")
      if sides[0] == "nprobe" { options.probes = Int(sides[1]) }
      if sides[0] == "efSearch" { options.efSearch = Int(sides[1]) }
    }
    let batch = try VectorBatch(queries.span, dimension: dimension)
    let k = command.k ?? 10
    var found = Neighbors(k: 1, distances: [], ids: [])
    if let single = command.single {
      return try timed {
        for query in 0..<min(single, batch.count) {
          found = try index.search(batch.rows(query..<query + 1), k: k, options: options)
        }
      }
    }
    let seconds = try timed { found = try index.search(batch, k: k, options: options) }
    if let out = command.out { try NPYWriter.write(found.ids, columns: k, to: out) }
    return seconds
  }
}

func timed(_ work: () throws -> Void) rethrows -> Double {
  let before = ContinuousClock.now
  try work()
  return (ContinuousClock.now - before) / .seconds(1)
}

@main
enum Bench {
  static func main() throws {
    var session = Session()
    while let line = readLine() {
      var answer = Answer()
      do {
        answer = try session.perform(
          JSONDecoder().decode(Command.self, from: Data(line.utf8)))
      } catch {
        answer.error = "\(error)"
      }
      let text = String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }
  }
}
