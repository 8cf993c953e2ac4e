import VicinalCore

/// What every index over float vectors begins with, behind its code.
struct IndexHeader: Sendable, Equatable {
  /// faiss: `d`.
  var dimension: Int
  /// faiss: `ntotal`.
  var count: Int
  /// faiss: `is_trained`.
  var isTrained: Bool
  /// faiss: `metric_type` and `metric_arg`.
  var metric: Metric

  /// faiss's own limit.
  static let largestDimension = 1 << 20

  /// More vectors than memory addresses could hold; the arithmetic on counts relies on it.
  static let largestCount = 1 << 48

  /// Two unused fields that faiss fills with this.
  private static let padding: Int64 = 1 << 20

  init(dimension: Int, count: Int, isTrained: Bool, metric: Metric) {
    self.dimension = dimension
    self.count = count
    self.isTrained = isTrained
    self.metric = metric
  }

  init(reading cursor: inout ByteCursor) throws(IndexError) {
    let start = cursor.offset
    dimension = Int(try cursor.integer(Int32.self, "the dimension"))
    guard dimension >= 1, dimension <= Self.largestDimension else {
      throw cursor.corrupt(
        "the dimension must be 1…\(Self.largestDimension), found \(dimension)", at: start)
    }
    let count = try cursor.integer(Int64.self, "the number of vectors")
    guard count >= 0, count <= Self.largestCount else {
      throw cursor.corrupt(
        "the number of vectors must be 0…\(Self.largestCount), found \(count)", at: start + 4)
    }
    self.count = Int(count)
    _ = try cursor.integer(Int64.self, "an unused field")
    _ = try cursor.integer(Int64.self, "an unused field")
    isTrained = try cursor.bool("is_trained")
    let place = cursor.offset
    let code = try cursor.integer(Int32.self, "the metric")
    let argument = code > 1 ? try cursor.float("the metric's argument") : 0
    do throws(IndexError) {
      metric = try Metric(faissCode: code, argument: argument)
    } catch {
      throw cursor.corrupt(error.message, at: place)
    }
  }

  /// - Throws: ``IndexError/Code/unsupported`` for what ``init(reading:)`` would refuse.
  func write(to sink: inout ByteSink) throws(IndexError) {
    try requireStorable()
    try sink.integer(Int32(dimension))
    try sink.integer(Int64(count))
    try sink.integer(Self.padding)
    try sink.integer(Self.padding)
    try sink.bool(isTrained)
    try sink.integer(metric.faissCode)
    if metric.faissCode > 1 { try sink.float(metric.argument) }
  }

  /// - Throws: ``IndexError/Code/unsupported`` for what ``init(reading:)`` would refuse.
  func requireStorable() throws(IndexError) {
    guard dimension >= 1, dimension <= Self.largestDimension else {
      throw IndexError(
        .unsupported, "files hold dimensions 1…\(Self.largestDimension), not \(dimension)")
    }
    guard count >= 0, count <= Self.largestCount else {
      throw IndexError(
        .unsupported, "files hold at most \(Self.largestCount) vectors, not \(count)")
    }
    do throws(IndexError) {
      try metric.requireUsable()
    } catch {
      throw IndexError(.unsupported, "an index cannot be stored: \(error.message)")
    }
  }
}
