/// Replies that their clients do not take yet. ØMQ keeps a few for each client; of what is beyond that
/// this keeps a limited number of bytes, and only for clients who take something now and then, so that
/// clients who ask and never read do not fill the memory.
struct UnsentReplies {
  private struct Waiting {
    var frames: [[UInt8]]
    var bytes: Int
  }

  private var waiting: [Waiting] = []
  private var bytes = 0
  /// When each client for whom something waits last took something, or began to be full.
  private var clients: [[UInt8]: ContinuousClock.Instant] = [:]
  /// Replies that were given up and not yet told of.
  private var dropped = 0

  /// Bytes that are kept; a reply that does not fit is given up, as if it were lost on its way.
  private static let mostBytes = 256 << 20
  /// A client that takes nothing for so long has gone to sleep.
  private static let patience = Duration.seconds(10)
  /// Milliseconds after which sending is tried again.
  static let retry = 2

  var isEmpty: Bool { waiting.isEmpty }

  /// Whether ØMQ may get a reply: not a large one while it holds much already, of clients who do not read. One
  /// that is larger than the bound by itself may go alone.
  private static func hasRoom(_ bytes: Int) -> Bool {
    bytes < UnsentBytes.least || UnsentBytes.now == 0 || UnsentBytes.now + bytes <= mostBytes
  }

  /// How many replies were given up since this was asked last.
  mutating func takeDropped() -> Int {
    defer { dropped = 0 }
    return dropped
  }

  /// Sends a reply, or keeps it until its client has room.
  mutating func send(_ frames: [[UInt8]], _ socket: ZMQSocket) {
    let size = frames.reduce(0) { $0 + $1.count }
    // What waits goes first.
    if clients[frames[0]] == nil, Self.hasRoom(size) {
      guard socket.send(frames) == .peerIsFull else { return }
    }
    guard bytes + size <= Self.mostBytes else {
      dropped += 1
      return
    }
    if clients[frames[0]] == nil { clients[frames[0]] = .now }
    waiting.append(Waiting(frames: frames, bytes: size))
    bytes += size
  }

  /// Tries again what was kept, and gives up what belongs to clients that take nothing any more.
  mutating func sendAgain(_ socket: ZMQSocket) {
    guard !waiting.isEmpty else { return }
    let now = ContinuousClock.now
    // A client that has no room for one has none for those behind it.
    var full = Set<[UInt8]>()
    var left: [Waiting] = []
    for reply in waiting {
      let client = reply.frames[0]
      if !full.contains(client) {
        guard !Self.hasRoom(reply.bytes) || socket.send(reply.frames) == .peerIsFull else {
          clients[client] = now
          continue
        }
        full.insert(client)
      }
      if let since = clients[client], now - since > Self.patience {
        dropped += 1
      } else {
        left.append(reply)
      }
    }
    waiting = left
    bytes = waiting.reduce(0) { $0 + $1.bytes }
    let names = Set(waiting.map { $0.frames[0] })
    clients = clients.filter { names.contains($0.key) }
  }
}
