import Dispatch
import Foundation
import Logging
import Synchronization
import VicinalCore
import VicinalMessages

/// Takes messages from a ROUTER socket and gives them to threads that answer them.
///
/// One thread owns the socket. What is beyond the limits of requests and bytes in flight is
/// answered `busy` by that thread at once, so memory stays bounded however many clients there are.
final class MessageServer: Sendable {
  struct Limits: Sendable {
    var workers: Int
    var requests: Int
    var bytes: Int
    /// Bytes of a frame beyond which ØMQ ends a connection.
    var frameBytes: Int
  }

  /// A message with the address that the reply goes to.
  private struct Job: Sendable {
    var address: [[UInt8]]
    var frames: [[UInt8]]
    var arrived = ContinuousClock.now

    var bytes: Int { frames.reduce(0) { $0 + $1.count } }
  }

  private let handler: RequestHandler
  private let limits: Limits
  private let logger: Logger
  private let curve: ServiceCurve?
  private let context: ZMQContext
  private let wakeUp: WakeUp
  private let jobs = Mutex<[Job]>([])
  private let jobArrivals = DispatchSemaphore(value: 0)
  private let replies = Mutex<[[[UInt8]]]>([])
  private let isStopping = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)
  /// Requests taken and not answered, and their bytes.
  private let inFlight = Atomic<Int>(0)
  private let bytesInFlight = Atomic<Int>(0)
  private let busyCount = Atomic<Int>(0)

  /// - Parameter curve: The keys, if messages are encrypted.
  init(
    _ handler: RequestHandler, limits: Limits, curve: ServiceCurve?, logger: Logger
  ) throws(IndexError) {
    self.curve = curve
    self.handler = handler
    self.limits = limits
    self.logger = logger
    context = try ZMQContext()
    wakeUp = try WakeUp()
  }

  var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }
  var busyReplies: Int { busyCount.load(ordering: .relaxed) }

  /// Binds, and begins to answer.
  ///
  /// - Returns: The addresses, with the ports that the system chose.
  func start(_ addresses: [String]) throws(IndexError) -> [String] {
    let outcome = Mutex<Result<[String], IndexError>?>(nil)
    let isBound = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      Thread.current.name = "vicinal-socket"
      do throws(IndexError) {
        try bindAndServe(addresses) { bound in
          outcome.withLock { $0 = .success(bound) }
          isBound.signal()
        }
      } catch {
        outcome.withLock { $0 = .failure(error) }
        isBound.signal()
      }
      // The socket is closed by now.
      hasEnded.signal()
    }
    isBound.wait()
    for _ in 0..<limits.workers {
      Thread.detachNewThread { [self] in
        Thread.current.name = "vicinal-worker"
        work()
      }
    }
    switch outcome.withLock({ $0 }) {
    case .success(let bound): return bound
    case .failure(let error): throw error
    case nil: throw IndexError(.fileSystem, "the socket did not begin")
    }
  }

  /// Answers what was taken, refuses what comes, and ends within a few seconds.
  func stop() {
    isStopping.store(true, ordering: .releasing)
    wakeUp.ring()
    hasEnded.wait()
    for _ in 0..<limits.workers { jobArrivals.signal() }
    context.terminate()
  }

  private func bindAndServe(
    _ addresses: [String], _ isBound: ([String]) -> Void
  ) throws(IndexError) {
    var gate: ClientGate?
    if let curve, curve.hasList { gate = try ClientGate(curve, in: context) }
    let socket = try context.socket(ZMQ.router)
    let bound = try prepare(socket, addresses)
    isBound(bound)
    serve(socket, gate)
  }

  private func prepare(
    _ socket: ZMQSocket, _ addresses: [String]
  ) throws(IndexError) -> [String] {
    try socket.setLargestMessage(Int64(limits.frameBytes))
    try socket.set(ZMQ.Option.linger, 1_000)
    try socket.set(ZMQ.Option.backlog, 4_096)
    try socket.set(ZMQ.Option.handshakeInterval, 10_000)
    // Who asks and never reads must not fill the memory: what does not fit waits in `UnsentReplies`.
    try socket.set(ZMQ.Option.sendHighWater, 8)
    // Who reads nothing for so long is cut off, and what waits for it freed.
    try socket.set(ZMQ.Option.longestSilence, 30_000)
    try socket.set(ZMQ.Option.routerMandatory, 1)
    if let curve { try socket.serve(curve.keys) }
    var bound: [String] = []
    for address in addresses {
      try socket.bind(address)
      bound.append(socket.boundAddress())
    }
    return bound
  }

  // MARK: The thread of the socket

  private func serve(_ socket: ZMQSocket, _ gate: ClientGate?) {
    var deadline: ContinuousClock.Instant?
    var unsent = UnsentReplies()
    var lastWarning = ContinuousClock.now - .seconds(60)
    while true {
      if isStopping.load(ordering: .acquiring), deadline == nil {
        // The addresses stay: ØMQ ends the connections of one that is given up, with the replies.
        deadline = .now + .seconds(3)
      }
      send(socket, &unsent)
      if deadline != nil || .now - lastWarning > .seconds(1) {
        warnOfDropped(&unsent, &lastWarning)
      }
      if let deadline {
        if .now > deadline - .seconds(1) { handler.engine.hurry() }
        let isAnswered = inFlight.load(ordering: .acquiring) == 0
        // Who reads gets the rest; who does not is waited for a second.
        if isAnswered, unsent.isEmpty || .now > deadline - .seconds(2) { break }
        // A change that cannot be given up any more is answered.
        if .now > deadline + .milliseconds(500), !handler.engine.isChanging { break }
      }
      let patience = deadline == nil ? 1_000 : 20
      socket.wait(
        wakeUp, or: gate?.socket, milliseconds: unsent.isEmpty ? patience : UnsentReplies.retry)
      wakeUp.silence()
      gate?.answer()
      receive(socket, &unsent, isEnding: deadline != nil)
    }
    send(socket, &unsent)
  }

  private func warnOfDropped(
    _ unsent: inout UnsentReplies, _ lastWarning: inout ContinuousClock.Instant
  ) {
    let count = unsent.takeDropped()
    guard count > 0 else { return }
    lastWarning = .now
    logger.warning(
      "replies were given up: their clients do not read", metadata: ["count": "\(count)"])
  }

  private func send(_ socket: ZMQSocket, _ unsent: inout UnsentReplies) {
    unsent.sendAgain(socket)
    let ready = replies.withLock { replies in
      defer { replies = [] }
      return replies
    }
    for reply in ready { unsent.send(reply, socket) }
  }

  /// Takes some messages, not all, so that replies go out between them.
  private func receive(
    _ socket: ZMQSocket, _ unsent: inout UnsentReplies, isEnding: Bool
  ) {
    var user = ""
    for _ in 0..<64 {
      do throws(IndexError) {
        guard let parts = try socket.receive(from: &user) else { return }
        // Who left the list since connecting gets no answer, as if nobody were there.
        guard curve?.stillAllows(user) ?? true, let job = Self.job(parts) else { continue }
        if isEnding {
          refuse(socket, &unsent, job, .shuttingDown, "the service is ending")
        } else if job.bytes > limits.bytes {
          refuse(
            socket, &unsent, job, .limitExceeded,
            "a message has at most \(limits.bytes) bytes, not \(job.bytes)")
        } else if requestsInFlight >= limits.requests
          || bytesInFlight.load(ordering: .relaxed) + job.bytes > limits.bytes
        {
          busyCount.wrappingAdd(1, ordering: .relaxed)
          refuse(socket, &unsent, job, .busy, "too many requests are waiting; try again")
        } else {
          inFlight.wrappingAdd(1, ordering: .relaxed)
          bytesInFlight.wrappingAdd(job.bytes, ordering: .relaxed)
          jobs.withLock { $0.append(job) }
          jobArrivals.signal()
        }
      } catch {
        logger.error("receiving failed", metadata: ["error": "\(error.message)"])
        return
      }
    }
  }

  private func refuse(
    _ socket: ZMQSocket, _ unsent: inout UnsentReplies, _ job: Job, _ code: ServiceError.Code,
    _ message: String
  ) {
    let reply = RequestHandler.reply(
      to: ServiceError(code, message), MessageCodec.encoding(of: job.frames))
    unsent.send(job.address + reply, socket)
  }

  /// Splits what ROUTER gives: the client's identity; for REQ sockets an empty frame, before which there may
  /// be a number that the client knows the reply by (`ZMQ_REQ_CORRELATE`), or identities of sockets that
  /// passed the message on; then the message.
  private static func job(_ parts: [[UInt8]]) -> Job? {
    guard parts.count > 1 else { return nil }
    var end = 1
    if let delimiter = parts.firstIndex(where: \.isEmpty),
      parts[..<delimiter].dropFirst().allSatisfy({ !isMessage($0) })
    {
      end = delimiter + 1
    }
    return Job(address: Array(parts[..<end]), frames: Array(parts[end...]))
  }

  /// Whether a frame is the first of a message, rather than of an address.
  private static func isMessage(_ frame: [UInt8]) -> Bool {
    guard frame.count > 8, let first = frame.first else { return false }
    // JSON, white space before it, a pickle, zlib.
    return [0x7b, 0x20, 0x0a, 0x0d, 0x09, 0x80, 0x78].contains(first) || frame.count > 255
  }

  // MARK: The threads that answer

  private func work() {
    while true {
      jobArrivals.wait()
      guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
      let (bytes, address) = (job.bytes, job.address)
      // What was received is not kept until it is answered.
      handler.handle(job.frames, arrived: job.arrived) { [self] reply in
        replies.withLock { $0.append(address + reply) }
        bytesInFlight.wrappingSubtract(bytes, ordering: .relaxed)
        inFlight.wrappingSubtract(1, ordering: .releasing)
        wakeUp.ring()
      }
    }
  }
}
