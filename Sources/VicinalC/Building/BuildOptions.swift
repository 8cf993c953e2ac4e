import Foundation
import Vicinal

/// The options of `vicinal_build` and others, from JSON with AutoFaiss's names.
struct BuildOptions: Decodable {
  enum MetricName: String, Decodable { case ip, l2, cosine }

  var metricName = MetricName.ip
  var indexKey: String?
  var indexParam: String?
  var indexMemory = MemorySize(bytes: 16 << 30)
  var processMemory = MemorySize(bytes: 32 << 30)
  var queryMilliseconds = 10.0
  var leastNeighbors = 20
  var targetRecall = 0.95
  var isMemoryMappable = false
  var hasDirectMap = false
  var selection = SelectionMethod.measured
  var seed: UInt64 = 1234
  var k = 10
  var isFloatOnly = false

  static let names = [
    "metric_type", "index_key", "index_param", "max_index_memory_usage",
    "current_memory_available", "max_index_query_time_ms", "min_nearest_neighbors_to_retrieve",
    "target_recall", "should_be_memory_mappable", "make_direct_map", "selection", "seed", "k",
    "float_only",
  ]

  /// Options, or the defaults without text.
  ///
  /// - Parameter others: Names of options that somebody else reads.
  static func parse(_ text: String?, others: [String] = []) throws(IndexError) -> BuildOptions {
    let known = names + others
    if let unknown = try decode(OptionNames.self, text).all.first(where: { !known.contains($0) }) {
      throw IndexError(
        .invalidArgument,
        "'\(unknown)' is no option; there are \(known.joined(separator: ", "))")
    }
    let options = try decode(BuildOptions.self, text)
    guard options.queryMilliseconds > 0, (0...1).contains(options.targetRecall),
      (1...1000).contains(options.k), options.leastNeighbors >= 1
    else {
      throw IndexError(
        .invalidArgument,
        "max_index_query_time_ms must be above 0, target_recall 0…1, k 1…1000 and"
          + " min_nearest_neighbors_to_retrieve at least 1")
    }
    return options
  }

  /// Reads JSON, and says what is wrong with it.
  static func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String?
  ) throws(IndexError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data((text ?? "{}").utf8))
    } catch let error as IndexError {
      throw error
    } catch let error as DecodingError {
      throw IndexError(.invalidArgument, "the options cannot be understood: \(Self.why(error))")
    } catch {
      throw IndexError(.invalidArgument, "the options cannot be understood: \(error)")
    }
  }

  private static func why(_ error: DecodingError) -> String {
    switch error {
    case .dataCorrupted(let context), .keyNotFound(_, let context),
      .valueNotFound(_, let context), .typeMismatch(_, let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      return place.isEmpty ? "they are no JSON object" : "'\(place)' has a wrong value"
    @unknown default: return "\(error)"
    }
  }

  init(from decoder: any Decoder) throws {
    let file = try decoder.container(keyedBy: Key.self)
    func read<Value: Decodable>(_ name: String, _ value: inout Value) throws {
      let key = Key(stringValue: name)
      if let given = try file.decodeIfPresent(Value.self, forKey: key) { value = given }
    }
    func readSize(_ name: String, _ value: inout MemorySize) throws {
      let key = Key(stringValue: name)
      if let text = try file.decodeIfPresent(String.self, forKey: key) {
        value = try MemorySize(parsing: text)
      }
    }
    try read("metric_type", &metricName)
    indexKey = try file.decodeIfPresent(String.self, forKey: Key(stringValue: "index_key"))
    indexParam = try file.decodeIfPresent(String.self, forKey: Key(stringValue: "index_param"))
    try readSize("max_index_memory_usage", &indexMemory)
    try readSize("current_memory_available", &processMemory)
    try read("max_index_query_time_ms", &queryMilliseconds)
    try read("min_nearest_neighbors_to_retrieve", &leastNeighbors)
    try read("target_recall", &targetRecall)
    try read("should_be_memory_mappable", &isMemoryMappable)
    try read("make_direct_map", &hasDirectMap)
    try read("selection", &selection)
    try read("seed", &seed)
    try read("k", &k)
    try read("float_only", &isFloatOnly)
  }

  var metric: Metric { metricName == .l2 ? .l2 : .innerProduct }

  /// What is built, as the library takes it.
  func pipeline() throws(IndexError) -> IndexPipeline {
    var pipeline = IndexPipeline(metric: metric)
    pipeline.selection.budget = budget
    pipeline.selection.method = selection
    pipeline.selection.isNormalized = metricName == .cosine
    pipeline.selection.isFloatOnly = isFloatOnly
    pipeline.selection.k = k
    pipeline.selection.seed = seed
    pipeline.memory = processMemory
    pipeline.leastNeighbors = leastNeighbors
    pipeline.parameters = indexParam
    pipeline.spec = try indexKey.map { key throws(IndexError) in try IndexSpec(parsing: key) }
    return pipeline
  }

  var budget: Budget {
    var budget = Budget()
    budget.indexMemory = indexMemory
    budget.queryMilliseconds = queryMilliseconds
    budget.isMemoryMappable = isMemoryMappable
    budget.hasDirectMap = hasDirectMap
    budget.targetRecall = targetRecall
    return budget
  }
}

/// The names in a record.
private struct OptionNames: Decodable {
  let all: [String]

  init(from decoder: any Decoder) throws {
    all = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
  }
}

private struct Key: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
