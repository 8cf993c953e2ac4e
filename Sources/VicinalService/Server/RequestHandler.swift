import Foundation
import VicinalCore
package import VicinalMessages

/// Answers messages: from frames to frames, whatever carries them.
package final class RequestHandler: Sendable {
  package let engine: SearchEngine
  private let limits: MessageLimits
  private let requestLimits: RequestLimits
  /// Neighbours per query where a request says nothing: `NB_MATCHING`.
  let neighbours: Int
  package let figures = ServiceFigures()

  /// What `status` says beside what the engine knows.
  let statusExtras: @Sendable () -> [String: MessageValue]

  package init(
    engine: SearchEngine, limits: MessageLimits, requestLimits: RequestLimits, neighbours: Int,
    statusExtras: @escaping @Sendable () -> [String: MessageValue] = { [:] }
  ) {
    self.engine = engine
    self.limits = limits
    self.requestLimits = requestLimits
    self.neighbours = neighbours
    self.statusExtras = statusExtras
  }

  /// Answers one message, exactly once: at once, or for changes, and searches that wait, from another thread.
  ///
  /// - Parameter arrived: When it came.
  package func handle(
    _ frames: [[UInt8]], arrived: ContinuousClock.Instant = .now,
    reply: @escaping @Sendable ([[UInt8]]) -> Void
  ) {
    let started = ContinuousClock.now
    var encoding = MessageCodec.encoding(of: frames)
    do throws(ServiceError) {
      try engine.store.checkHurry()
      let (value, found) = try MessageCodec.decode(frames, limits: limits)
      encoding = found
      let parser = try RequestParser(value, limits: requestLimits)
      let id = try parser.requestID()
      switch try parser.request() {
      case .search(let search):
        let k = try neighbours(of: search)
        engine.search(search, k: k) { [figures, encoding] outcome in
          do throws(ServiceError) {
            let result = try Self.value(of: outcome.get(), encoding)
            reply(try MessageCodec.encode(.record(["result": result]), as: encoding))
            figures.countSearch(since: started)
          } catch {
            reply(Self.reply(to: error, encoding))
            figures.countError()
          }
        }
      case .status:
        reply(try MessageCodec.encode(.record(["result": status()]), as: encoding))
      case .get(let ids):
        reply(try MessageCodec.encode(.record(["result": get(ids)]), as: encoding))
      case .snapshot:
        engine.saveSnapshot { [figures, encoding] outcome in
          switch outcome {
          case .success(let sequence):
            reply(
              Self.encoded(
                .record(["result": .record(["sequence": .integer(sequence)])]), encoding))
          case .failure(let error):
            reply(Self.reply(to: ServiceError(.storageFailed, error.message), encoding))
            figures.countError()
          }
        }
      case .optimize(let request):
        reply(try MessageCodec.encode(.record(["result": optimize(request)]), as: encoding))
      case .change(let change):
        let digest = RequestDigest(of: frames)
        engine.submit(change, id: id, digest: digest, arrived: arrived) {
          [figures, encoding] outcome in
          switch outcome {
          case .success(let outcome):
            reply(Self.encoded(.record(["result": outcome.value]), encoding))
            figures.countChange(since: started)
          case .failure(let error):
            reply(Self.reply(to: error, encoding))
            figures.countError()
          }
        }
      }
    } catch {
      reply(Self.reply(to: error, encoding))
      figures.countError()
    }
  }

  /// The reply that tells of an error.
  package static func reply(to error: ServiceError, _ encoding: MessageEncoding) -> [[UInt8]] {
    encoded(
      .record([
        "result": .null,
        "error": .record(["code": .text(error.code.rawValue), "message": .text(error.message)]),
      ]), encoding)
  }

  private static func encoded(_ value: MessageValue, _ encoding: MessageEncoding) -> [[UInt8]] {
    do throws(ServiceError) {
      // A reply without arrays is one frame, which every client of frames reads as JSON.
      return try MessageCodec.encode(value, as: encoding)
    } catch {
      return [Array(#"{"error": {"code": "internal", "message": ""}, "result": null}"#.utf8)]
    }
  }

  // MARK: Searches

  private func neighbours(of request: SearchRequest) throws(ServiceError) -> Int {
    let k = request.k ?? neighbours
    let count = request.queries.count / request.dimension
    guard count <= requestLimits.neighbors / k else {
      throw ServiceError(
        .limitExceeded,
        "\(count) queries with \(k) neighbours each are more than \(requestLimits.neighbors)")
    }
    return k
  }

  /// Ids and scores as a client of this encoding reads them.
  private static func value(
    of found: Neighbors, _ encoding: MessageEncoding
  ) throws(ServiceError) -> MessageValue {
    let (count, k) = (found.queryCount, found.k)
    if encoding == .frames {
      return .record([
        "ids": .array(try NumberArray(shape: [count, k], .integers(found.ids))),
        "scores": .array(try NumberArray(shape: [count, k], .floats(found.distances))),
      ])
    }
    // np.array([I, S]): one array of float64, ids first.
    var both: [Double] = []
    both.reserveCapacity(2 * found.ids.count)
    for id in found.ids {
      guard let exact = Double(exactly: id), abs(exact) <= 9_007_199_254_740_992 else {
        throw ServiceError(
          .idNotExact,
          "the id \(id) is among the results, which float64 does not hold; search by frames")
      }
      both.append(exact)
    }
    for score in found.distances { both.append(Double(score)) }
    return .array(try NumberArray(shape: [2, count, k], .doubles(both)))
  }

  private func get(_ ids: [Int64]) throws(ServiceError) -> MessageValue {
    let bytes = ids.count.multipliedReportingOverflow(by: 4 * (engine.version?.dimension ?? 0))
    guard !bytes.overflow, bytes.partialValue <= limits.memory else {
      throw ServiceError(
        .limitExceeded, "the vectors of \(ids.count) ids are more than \(limits.memory) bytes")
    }
    let found: [[Float]?]
    do { found = try engine.store.vectors(ids) } catch {
      try engine.store.checkHurry()
      throw ServiceError(.internal, "the store cannot be read: \(error)")
    }
    var values: [Float] = []
    for (place, vector) in found.enumerated() {
      guard let vector else {
        throw ServiceError(.unknownID, "get: there is no vector with the id \(ids[place])")
      }
      values += vector
    }
    let dimension = ids.isEmpty ? 0 : values.count / ids.count
    return .record([
      "ids": .array(try NumberArray(shape: [ids.count], .integers(ids))),
      "vectors": .array(try NumberArray(shape: [ids.count, dimension], .floats(values))),
    ])
  }
}

extension ChangeOutcome {
  /// What the client is told.
  var value: MessageValue {
    .record([
      "added": .integer(Int64(added)), "updated": .integer(Int64(updated)),
      "deleted": .integer(Int64(deleted)), "missing": .integer(Int64(missing)),
      "sequence": .integer(sequence),
    ])
  }
}
