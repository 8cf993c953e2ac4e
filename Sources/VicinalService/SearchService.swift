import Dispatch
import Foundation
public import Logging
public import ServiceLifecycle
import Synchronization
import UnixSignals
public import VicinalCore
import VicinalMessages

/// The search service: vectors of a folder, searched and changed by messages over ØMQ.
///
/// A ``ServiceLifecycle/Service``: run it in a `ServiceGroup` beside others, or start and stop it.
/// What it answers is in `docs/service.md`.
public final class SearchService: Service {
  /// What it was told.
  public let settings: ServiceSettings
  /// Where it tells what happens.
  public let logger: Logger
  private let engine: SearchEngine
  private let server: MessageServer
  private let curve: ServiceCurve?
  private let hasStopped = Atomic<Bool>(false)

  /// Opens the store and reads its vectors; nothing is answered yet.
  ///
  /// - Parameter logger: Where it tells what happens; the service's own lines on standard error
  ///   and in `logFolder` if nil.
  /// - Throws: ``IndexError/Code/fileSystem`` if the folder is in use or cannot be used, or a file
  ///   of keys cannot be read; ``IndexError/Code/corruptFile`` if the store is damaged or a file of
  ///   keys holds none; ``IndexError/Code/unsupported`` for CURVE where libzmq has none.
  /// - Complexity: O(n · d) for n vectors of dimension d.
  public init(_ settings: ServiceSettings, logger given: Logger? = nil) throws(IndexError) {
    self.settings = settings
    let handler = try ServiceLogHandler(
      level: Logger.Level(rawValue: settings.logLevel) ?? .info, folder: settings.logFolder)
    let logger = given ?? Logger(label: "vicinal", factory: { _ in handler })
    self.logger = logger
    let curve = try settings.curve(logger)
    let files = OpenFiles.raiseLimit()
    let started = ContinuousClock.now
    engine = try SearchEngine(
      folder: settings.dataFolder, metric: ServiceMetric(rawValue: settings.metric) ?? .l2,
      durability: Durability(rawValue: settings.durability) ?? .sync, logger: logger,
      policy: settings.mergePolicy(), snapshotSeconds: Double(settings.snapshotInterval),
      // Some threads must be left that decode.
      searches: min(ProcessorCount.active, max(1, settings.workers - 2)),
      waitingBytes: settings.bytesInFlight)
    logger.info(
      "store opened",
      metadata: [
        "folder": "\(settings.dataFolder)", "vectors": "\(engine.version?.count ?? 0)",
        "sequence": "\(engine.version?.sequence ?? 0)", "open_files": "\(files)",
        "index": "\(engine.version?.main?.facts.key ?? "Flat")",
        "snapshot": "\(engine.snapshots.last?.sequence ?? 0)",
        "seconds": "\((ContinuousClock.now - started) / .seconds(1))",
      ])
    var limits = MessageLimits()
    limits.bytes = settings.largestMessage
    var requestLimits = RequestLimits()
    requestLimits.vectors = settings.largestBatch
    requestLimits.dimension = settings.largestDimension
    requestLimits.k = settings.largestK
    let extras = StatusExtras()
    let answers = RequestHandler(
      engine: engine, limits: limits, requestLimits: requestLimits,
      neighbours: settings.neighbours, statusExtras: { extras.fields })
    // A message that is somewhat too long gets an answer, one that is far too long ends the
    // connection.
    server = try MessageServer(
      answers,
      limits: MessageServer.Limits(
        workers: settings.workers, requests: settings.requestsInFlight,
        bytes: settings.bytesInFlight, frameBytes: 4 * settings.largestMessage),
      curve: curve, logger: logger)
    self.curve = curve
    extras.durability = settings.durability
    extras.curve.withLock { $0 = curve }
    extras.server.withLock { $0 = server }
  }

  /// Begins to answer.
  ///
  /// - Returns: The addresses, with the ports that the system chose.
  /// - Throws: ``IndexError/Code/fileSystem`` if an address cannot be used.
  @discardableResult
  public func start() throws(IndexError) -> [String] {
    do throws(IndexError) {
      let addresses = try server.start(settings.addresses)
      logger.info(
        "listening",
        metadata: [
          "addresses": "\(addresses.joined(separator: ","))", "zeromq": "\(ZMQ.version)",
          "curve": "\(curve?.summary ?? "off")",
        ])
      return addresses
    } catch {
      engine.close()
      throw error
    }
  }

  /// Answers what was taken, stores what was submitted, and closes. It takes a few seconds at most.
  public func stop() {
    guard !hasStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
    server.stop()
    engine.close()
    logger.info("stopped", metadata: ["sequence": "\(engine.version?.sequence ?? 0)"])
  }

  /// Answers until SIGTERM or SIGINT comes, then stops in order. For programs that do nothing else.
  ///
  /// - Throws: As ``start()``.
  public func runUntilSignal() throws {
    let failure = Mutex<(any Error)?>(nil)
    let hasEnded = DispatchSemaphore(value: 0)
    Task.detached { [self] in
      do {
        let group = ServiceGroup(
          services: [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
      } catch {
        failure.withLock { $0 = error }
      }
      hasEnded.signal()
    }
    hasEnded.wait()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Answers until the group shuts down.
  ///
  /// - Throws: As ``start()``.
  public func run() async throws {
    try start()
    try? await gracefulShutdown()
    // Stopping waits for threads, which no thread of tasks may do.
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        stop()
        continuation.resume()
      }
    }
  }
}

/// What `status` tells of the server.
private final class StatusExtras: Sendable {
  let server = Mutex<MessageServer?>(nil)
  let curve = Mutex<ServiceCurve?>(nil)
  private let durabilityName = Mutex("")

  var durability: String {
    get { durabilityName.withLock { $0 } }
    set { durabilityName.withLock { $0 = newValue } }
  }

  var fields: [String: MessageValue] {
    let server = server.withLock { $0 }
    let curve = curve.withLock { $0 }
    return [
      "curve": .text(curve?.summary ?? "off"),
      "curve_refused": .integer(Int64(curve?.refusals ?? 0)),
      "in_flight": .integer(Int64(server?.requestsInFlight ?? 0)),
      "busy": .integer(Int64(server?.busyReplies ?? 0)),
      "durability": .text(durability),
      "pid": .integer(Int64(ProcessInfo.processInfo.processIdentifier)),
    ]
  }
}
