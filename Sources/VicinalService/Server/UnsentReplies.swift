/// Replies that their clients do not take yet. ØMQ keeps a few for each client; of what is beyond that
/// this keeps a limited number of bytes for a limited time, so that clients who ask and never read do not
/// fill the memory.
struct UnsentReplies {
  private struct Waiting {
    var frames: [[UInt8]]
    var bytes: Int
    var since: ContinuousClock.Instant
  }

  private var waiting: [Waiting] = []
  private var bytes = 0

  /// Bytes that are kept; a reply that does not fit is given up, as if it were lost on its way.
  private static let mostBytes = 256 << 20
  /// A client that takes nothing for so long has gone to sleep.
  private static let patience = Duration.seconds(10)
  /// Milliseconds after which sending is tried again.
  static let retry = 2

  var isEmpty: Bool { waiting.isEmpty }

  /// Sends a reply, or keeps it until its client has room.
  mutating func send(_ frames: [[UInt8]], _ socket: ZMQSocket) {
    guard socket.send(frames) == .peerIsFull else { return }
    let size = frames.reduce(0) { $0 + $1.count }
    guard bytes + size <= Self.mostBytes else { return }
    waiting.append(Waiting(frames: frames, bytes: size, since: .now))
    bytes += size
  }

  /// Tries again what was kept, and gives up what is too old.
  mutating func sendAgain(_ socket: ZMQSocket) {
    guard !waiting.isEmpty else { return }
    let now = ContinuousClock.now
    // A client that has no room for one has none for those behind it.
    var full = Set<[UInt8]>()
    waiting.removeAll { reply in
      let client = reply.frames[0]
      let isFull = full.contains(client) || socket.send(reply.frames) == .peerIsFull
      if isFull { full.insert(client) }
      return !isFull || now - reply.since > Self.patience
    }
    bytes = waiting.reduce(0) { $0 + $1.bytes }
  }
}
