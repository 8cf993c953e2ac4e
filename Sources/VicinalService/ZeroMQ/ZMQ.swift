import CZeroMQ
import Foundation
import Synchronization
import VicinalCore

/// One context of ØMQ: its threads and the sockets on them. Safe to use from many threads.
@safe final class ZMQContext: Sendable {
  private nonisolated(unsafe) let context: UnsafeMutableRawPointer
  private let hasEnded = Atomic<Bool>(false)

  init() throws(IndexError) {
    guard let context = unsafe zmq_ctx_new() else { throw ZMQ.error("begin") }
    unsafe self.context = context
    unsafe zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 1023)
  }

  deinit { terminate() }

  /// Waits until what was sent is on its way, as long as the sockets' linger allows, and ends. The
  /// sockets must be closed before.
  func terminate() {
    guard !hasEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
    unsafe zmq_ctx_term(context)
  }

  /// Makes a socket, which belongs to the thread that makes it.
  func socket(_ kind: Int32) throws(IndexError) -> ZMQSocket {
    guard let socket = unsafe zmq_socket(context, kind) else { throw ZMQ.error("make a socket") }
    return unsafe ZMQSocket(socket, of: self)
  }
}

enum ZMQ {
  static func error(_ what: String) -> IndexError {
    let text = unsafe String(cString: zmq_strerror(zmq_errno()))
    return IndexError(.fileSystem, "ØMQ cannot \(what): \(text)")
  }

  /// Options of sockets that are whole numbers.
  enum Option {
    static let linger = ZMQ_LINGER
    static let backlog = ZMQ_BACKLOG
    static let handshakeInterval = ZMQ_HANDSHAKE_IVL
    /// Messages that are kept for a peer that does not take them.
    static let sendHighWater = ZMQ_SNDHWM
    /// A ROUTER tells when a peer takes nothing, or is gone.
    static let routerMandatory = ZMQ_ROUTER_MANDATORY
    /// Milliseconds after which a connection ends whose peer does not take what was sent.
    static let longestSilence = ZMQ_TCP_MAXRT
  }

  static let router = ZMQ_ROUTER
  static let request = ZMQ_REQ
  static let version: String = {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    unsafe zmq_version(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
  }()
}

/// A socket. Only one thread at a time may use it, so it is not `Sendable`.
@safe final class ZMQSocket {
  private let socket: UnsafeMutableRawPointer
  /// A context ends after its sockets.
  private let context: ZMQContext

  init(_ socket: UnsafeMutableRawPointer, of context: ZMQContext) {
    unsafe self.socket = socket
    self.context = context
  }

  deinit { unsafe zmq_close(socket) }

  func set(_ option: Int32, _ value: Int32) throws(IndexError) {
    var value = value
    guard unsafe zmq_setsockopt(socket, option, &value, 4) == 0 else { throw ZMQ.error("set") }
  }

  /// Lets only clients connect that encrypt for these keys. Before binding.
  func serve(_ keys: CurveKeyPair) throws(IndexError) {
    try set(ZMQ_CURVE_SERVER, 1)
    try set(ZMQ_CURVE_SECRETKEY, key: keys.secretKey)
  }

  /// Encrypts for the owner of a server key. Before connecting.
  func encrypt(_ keys: CurveClientKeys) throws(IndexError) {
    try set(ZMQ_CURVE_SERVERKEY, key: keys.serverKey)
    try set(ZMQ_CURVE_PUBLICKEY, key: keys.own.publicKey)
    try set(ZMQ_CURVE_SECRETKEY, key: keys.own.secretKey)
  }

  private func set(_ option: Int32, key: String) throws(IndexError) {
    guard unsafe zmq_setsockopt(socket, option, key, key.utf8.count) == 0 else {
      throw ZMQ.error("use a key")
    }
  }

  /// The most bytes of a frame; longer ones end the connection.
  func setLargestMessage(_ bytes: Int64) throws(IndexError) {
    var bytes = bytes
    guard unsafe zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes, 8) == 0 else {
      throw ZMQ.error("set the largest message")
    }
  }

  func bind(_ address: String) throws(IndexError) {
    guard unsafe zmq_bind(socket, address) == 0 else { throw ZMQ.error("bind to \(address)") }
  }

  func connect(_ address: String) throws(IndexError) {
    guard unsafe zmq_connect(socket, address) == 0 else {
      throw ZMQ.error("connect to \(address)")
    }
  }

  /// The address that the last bind got, where it left the port to the system.
  func boundAddress() -> String {
    var text = [CChar](repeating: 0, count: 1024)
    var size = text.count
    guard unsafe zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Takes a whole message if one is there; `nil` if none is.
  func receive() throws(IndexError) -> [[UInt8]]? {
    var user = ""
    return try receive(from: &user)
  }

  /// Takes a whole message if one is there; `nil` if none is.
  ///
  /// - Parameter user: Becomes the name that a ``ClientGate`` gave the sender; empty if there is none.
  func receive(from user: inout String) throws(IndexError) -> [[UInt8]]? {
    var frames: [[UInt8]] = []
    user = ""
    while true {
      var message = zmq_msg_t()
      unsafe zmq_msg_init(&message)
      defer { unsafe zmq_msg_close(&message) }
      guard unsafe zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0 else {
        let code = zmq_errno()
        if code == EINTR { continue }
        // The frames of a message arrive together, so this is before the first.
        if code == EAGAIN { return nil }
        throw ZMQ.error("receive")
      }
      if let name = unsafe zmq_msg_gets(&message, "User-Id") {
        user = unsafe String(cString: name)
      }
      let size = unsafe zmq_msg_size(&message)
      let bytes = unsafe UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size)
      unsafe frames.append([UInt8](bytes))
      if unsafe zmq_msg_more(&message) == 0 { return frames }
    }
  }

  /// What became of a message.
  enum Outcome { case taken, peerIsFull, peerIsGone }

  /// Sends a whole message, if the peer has room for it.
  @discardableResult
  func send(_ frames: [[UInt8]]) -> Outcome {
    for (place, frame) in frames.enumerated() {
      let flags = ZMQ_DONTWAIT | (place < frames.count - 1 ? ZMQ_SNDMORE : 0)
      while sendFrame(frame, flags) < 0 {
        let code = zmq_errno()
        if code != EINTR { return code == EAGAIN ? .peerIsFull : .peerIsGone }
      }
    }
    return .taken
  }

  private func sendFrame(_ frame: [UInt8], _ flags: Int32) -> Int32 {
    guard frame.count >= UnsentBytes.least, let copy = unsafe malloc(frame.count) else {
      return unsafe zmq_send(socket, frame, frame.count, flags)
    }
    unsafe memcpy(copy, frame, frame.count)
    var message = zmq_msg_t()
    UnsentBytes.add(frame.count)
    guard
      unsafe zmq_msg_init_data(
        &message, copy, frame.count, UnsentBytes.free,
        UnsafeMutableRawPointer(bitPattern: frame.count)
      ) == 0
    else {
      unsafe UnsentBytes.free(copy, UnsafeMutableRawPointer(bitPattern: frame.count))
      return -1
    }
    let sent = unsafe zmq_msg_send(&message, socket, flags)
    // What was not taken is freed here, else ØMQ frees it when it is on its way.
    if sent < 0 {
      let code = errno
      unsafe zmq_msg_close(&message)
      errno = code
    }
    return sent
  }

  /// Waits until a message is there; says whether one is.
  func wait(seconds: Double) -> Bool {
    var items = unsafe [
      zmq_pollitem_t(socket: socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    ]
    return unsafe zmq_poll(&items, 1, Int(seconds * 1000)) > 0
  }

  /// Waits until a message is there, or one for `other`, or `wakeUp` rings, or time is over.
  func wait(_ wakeUp: WakeUp, or other: ZMQSocket?, milliseconds: Int) {
    var items = unsafe [
      zmq_pollitem_t(socket: socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
      zmq_pollitem_t(socket: nil, fd: wakeUp.reading, events: Int16(ZMQ_POLLIN), revents: 0),
    ]
    if let other {
      unsafe items.append(
        zmq_pollitem_t(socket: other.socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
    }
    unsafe zmq_poll(&items, Int32(items.count), milliseconds)
  }
}

/// Rings from any thread for the thread that waits in ``ZMQSocket/wait(_:or:milliseconds:)``.
final class WakeUp: Sendable {
  let reading: Int32
  private let writing: Int32

  init() throws(IndexError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      throw IndexError(.fileSystem, "cannot make a pipe: error \(errno)")
    }
    (reading, writing) = (ends[0], ends[1])
    // A full pipe rings already; an empty one must not be waited for.
    for end in ends {
      _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
  }

  deinit {
    close(reading)
    close(writing)
  }

  func ring() {
    var byte: UInt8 = 1
    _ = unsafe write(writing, &byte, 1)
  }

  func silence() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while unsafe read(reading, &bytes, 64) == 64 {}
  }
}

/// Files that this process may have open.
enum OpenFiles {
  /// Raises the limit to the most that the system allows; says what it is then.
  static func raiseLimit() -> Int {
    var limit = rlimit()
    #if canImport(Glibc)
      let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let files = RLIMIT_NOFILE
    #endif
    guard unsafe getrlimit(files, &limit) == 0 else { return 0 }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(files, &limit)
    return Int(clamping: limit.rlim_cur)
  }
}
