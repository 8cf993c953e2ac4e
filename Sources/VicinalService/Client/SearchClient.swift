import Foundation
public import VicinalCore
import VicinalMessages

/// What the service refused, with a code of the list in `docs/service.md`.
public struct SearchServiceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// For example `dimension_mismatch`.
  public var code: String
  /// What was expected and what came.
  public var message: String

  /// Code and message.
  public var description: String { "\(code): \(message)" }
}

/// Which ids a search may find.
public enum ServiceFilter: Sendable, Equatable {
  /// These; none if there are none.
  case ids([Int64])
  /// From the first up to, not including, the last.
  case range(Range<Int64>)
  /// From this one on.
  case from(Int64)

  var value: MessageValue {
    switch self {
    case .ids(let ids): .array(NumberArray(.integers(ids)))
    case .range(let range):
      .record(["range": .list([.integer(range.lowerBound), .integer(range.upperBound)])])
    case .from(let first): .record(["range": .list([.integer(first), .null])])
    }
  }
}

/// A client of the search service, by its fast path.
///
/// A request without an answer is sent again on a new socket, and a busy service is asked again.
/// Changes carry a `request_id`, so they are applied once however often they are sent. Only one
/// thread at a time may use a client; each call waits for its answer.
public final class SearchClient {
  private let address: String
  private let timeout: Double
  private let tries: Int
  private let keys: CurveClientKeys?
  private let context: ZMQContext
  private var socket: ZMQSocket?

  /// Makes a client; it connects with its first request.
  ///
  /// - Parameters:
  ///   - address: An ØMQ address such as `tcp://127.0.0.1:14000`.
  ///   - timeout: Seconds until a request is sent again.
  ///   - tries: How often it is sent in all.
  ///   - keys: For a service with CURVE; `nil` for one without.
  /// - Throws: ``IndexError/Code/invalidArgument`` for a time or number that is not positive,
  ///   ``IndexError/Code/fileSystem`` if ØMQ cannot begin.
  public init(
    _ address: String, timeout: Double = 2.5, tries: Int = 3, keys: CurveClientKeys? = nil
  ) throws(IndexError) {
    guard timeout > 0, timeout < 1e6, tries > 0 else {
      throw IndexError(
        .invalidArgument, "a client needs a time and tries above 0, got \(timeout) s and \(tries)")
    }
    self.address = address
    self.timeout = timeout
    self.tries = tries
    self.keys = keys
    context = try ZMQContext()
  }

  /// Finds the nearest vectors of each query.
  ///
  /// - Parameters:
  ///   - queries: Row after row.
  ///   - k: Neighbours of each; the service's own number if nil.
  ///   - filter: Only these ids are found; all if nil.
  ///   - parameters: Search parameters for this search, `nprobe=16`; those of the index if nil.
  /// - Returns: Ids and scores, best first; id −1 where there are fewer than `k`.
  /// - Throws: ``SearchServiceError``; ``IndexError/Code/fileSystem`` if there is no answer.
  public func search(
    _ queries: [Float], dimension: Int, k: Int? = nil, filter: ServiceFilter? = nil,
    parameters: String? = nil
  ) throws -> Neighbors {
    var request: [String: MessageValue] = [
      "requests": .text("search"), "search": try Self.matrix(queries, dimension),
    ]
    if let k { request["k"] = .integer(Int64(k)) }
    if let filter { request["filter"] = filter.value }
    if let parameters { request["parameters"] = .text(parameters) }
    guard case .record(let found) = try ask(request), case .array(let ids) = found["ids"],
      case .integers(let numbers) = ids.elements, case .array(let scores) = found["scores"],
      ids.shape.count == 2, ids.shape == scores.shape
    else { throw Self.strange }
    return Neighbors(k: ids.shape[1], distances: scores.asFloats, ids: numbers)
  }

  /// The vectors with some ids, row after row in the order of the ids.
  ///
  /// - Throws: As ``search(_:dimension:k:filter:parameters:)``.
  public func vectors(_ ids: [Int64]) throws -> (values: [Float], dimension: Int) {
    guard
      case .record(let found) = try ask([
        "requests": .text("get"), "get": .array(NumberArray(.integers(ids))),
      ]), case .array(let matrix) = found["vectors"], matrix.shape.count == 2
    else { throw Self.strange }
    return (matrix.asFloats, matrix.shape[1])
  }

  /// Has the service choose and build another index in the background; `status` tells how far it is.
  ///
  /// - Parameters:
  ///   - index: `auto`, `flat` or a factory string from now on; what it was told before if nil.
  ///   - targetRecall: Share of the true neighbours to find, above 0, at most 1; as before if nil.
  /// - Throws: As ``search(_:dimension:k:filter:parameters:)``.
  public func optimize(index: String? = nil, targetRecall: Double? = nil) throws {
    var wishes: [String: MessageValue] = [:]
    if let index { wishes["index"] = .text(index) }
    if let targetRecall { wishes["target_recall"] = .number(targetRecall) }
    _ = try ask(["requests": .text("optimize"), "optimize": .record(wishes)])
  }

  /// Has the service write a snapshot, and waits for it.
  ///
  /// - Returns: The number of the last change in it.
  /// - Throws: As ``search(_:dimension:k:filter:parameters:)``.
  @discardableResult
  public func snapshot() throws -> Int {
    guard case .record(let found) = try ask(["requests": .text("snapshot")]),
      case .integer(let sequence) = found["sequence"]
    else { throw Self.strange }
    return Int(sequence)
  }

  /// What the service says of itself, as JSON.
  ///
  /// - Throws: As ``search(_:dimension:k:filter:parameters:)``.
  public func status() throws -> String {
    let status = try ask(["requests": .text("status")])
    let text = try MessageCodec.encode(status, as: .json(.plain))
    return String(decoding: text.first ?? [], as: UTF8.self)
  }

  // MARK: Requests

  static func matrix(_ values: [Float], _ dimension: Int) throws -> MessageValue {
    guard dimension > 0, values.count.isMultiple(of: dimension) else {
      throw IndexError(
        .dimensionMismatch, "\(values.count) floats are not rows of \(dimension)")
    }
    return .array(try NumberArray(shape: [values.count / dimension, dimension], .floats(values)))
  }

  static var strange: SearchServiceError {
    SearchServiceError(code: "internal", message: "the service gave an answer of another kind")
  }

  func ask(_ fields: [String: MessageValue]) throws -> MessageValue {
    var frames = try MessageCodec.encode(.record(fields), as: .frames)
    // One frame alone would be taken for plain JSON, and answered so.
    if frames.count == 1 { frames.append([]) }
    for attempt in 1...tries {
      guard let reply = try exchange(frames) else { continue }
      guard case .record(let answer) = try Self.decoded(reply) else { throw Self.strange }
      guard case .record(let error) = answer["error"] else { return answer["result"] ?? .null }
      var refusal = Self.strange
      if case .text(let code) = error["code"] { refusal.code = code }
      if case .text(let message) = error["message"] { refusal.message = message }
      if refusal.code != "busy" || attempt == tries { throw refusal }
      Thread.sleep(forTimeInterval: 0.05 * Double(1 << min(attempt, 6)))
    }
    throw IndexError(
      .fileSystem,
      """
      \(address) did not answer, \(tries) times within \(timeout) s each; is it running, and \
      \(keys == nil ? "without keys" : "with the server key given, and this client on its list")?
      """)
  }

  private static func decoded(_ frames: [[UInt8]]) throws -> MessageValue {
    var limits = MessageLimits()
    limits.bytes = .max / 8
    return try MessageCodec.decode(frames, limits: limits).value
  }

  /// Sends, and waits for the answer; `nil` if there is none in time, which ends the connection.
  private func exchange(_ frames: [[UInt8]]) throws(IndexError) -> [[UInt8]]? {
    let socket: ZMQSocket
    if let open = self.socket {
      socket = open
    } else {
      socket = try context.socket(ZMQ.request)
      try socket.set(ZMQ.Option.linger, 0)
      if let keys { try socket.encrypt(keys) }
      try socket.connect(address)
      self.socket = socket
    }
    if socket.send(frames) == .taken, socket.wait(seconds: timeout),
      let reply = try socket.receive()
    {
      return reply
    }
    self.socket = nil
    return nil
  }
}
