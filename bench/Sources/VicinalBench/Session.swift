import Foundation
import Vicinal

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
  var path: String?
  var iterations: Int?
  var single: Int?

  func with(param: String?) -> Command {
    var copy = self
    copy.param = param
    return copy
  }
}

/// What it gets back.
struct Answer: Encodable {
  var seconds = 0.0
  /// Seconds of training, of those of a build.
  var trained = 0.0
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
      answer.trained = try timed { try built.train(on: rows, execution: execution) }
      answer.seconds = answer.trained + (try timed { try built.add(rows, execution: execution) })
      answer.bytes = built.byteCount
      index = built
    case "search":
      answer.seconds = try search(command, execution)
    case "save":
      guard let index, let path = command.path else { break }
      try IndexFile.write(index, to: path)
    case "resident":
      answer.bytes = try resident(command, execution)
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
    guard var index else { return 0 }
    try KnobSettings(parsing: command.param ?? "").apply(to: &index)
    let options = SearchOptions(execution: execution)
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

  /// Bytes by which resident memory grows when a file is read and searched once.
  private mutating func resident(_ command: Command, _ execution: Execution) throws -> Int {
    // Threads, buffers and code pages are there before the measurement.
    let queries = self.queries
    let batch = try VectorBatch(queries.span, dimension: dimension)
    var small = FlatIndex(dimension: dimension, metric: metric)
    try small.add(batch, execution: execution)
    index = small
    _ = try search(command.with(param: nil), execution)
    index = nil
    let before = try residentBytes()
    index = try IndexFile.read(command.path ?? "")
    _ = try search(command, execution)
    return try residentBytes() - before
  }
}

private func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
}
