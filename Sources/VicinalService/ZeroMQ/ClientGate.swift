import Foundation
import Logging
import Synchronization
import VicinalCore

/// The CURVE keys of a service and the clients that may use it, read before it listens.
final class ServiceCurve: Sendable {
  let keys: CurveKeyPair
  private let clientsFile: String?
  private let clients: Mutex<Clients>

  private struct Clients {
    /// The texts of public keys by their bytes.
    var keys: [[UInt8]: String]
    /// Which state of the file they are from, and when that was looked at.
    var state: String
    var lookedAt = ContinuousClock.now
  }
  private let refused = Atomic<Int>(0)
  private let logger: Logger

  /// - Parameter clientsFile: The public keys of the clients; `nil` if all may connect that know
  ///   the service's key.
  /// - Throws: ``IndexError/Code/fileSystem`` and ``IndexError/Code/corruptFile`` for files that
  ///   cannot be read or hold no keys, ``IndexError/Code/unsupported`` if libzmq has no CURVE.
  init(keyFile: String, clientsFile: String?, logger: Logger) throws(IndexError) {
    keys = try CurveKeyFiles.pair(in: keyFile)
    self.clientsFile = clientsFile
    self.logger = logger
    let state = clientsFile.map(Self.state) ?? ""
    let allowed = try clientsFile.map(Self.list) ?? [:]
    clients = Mutex(Clients(keys: allowed, state: state))
    if CurveKeyFiles.isOpenToOthers(keyFile) {
      logger.warning(
        "others may read the secret key; chmod 600 keeps it secret",
        metadata: ["file": "\(keyFile)"])
    }
    if clientsFile != nil, allowed.isEmpty {
      logger.warning("the list of clients is empty: nobody may connect")
    }
  }

  var hasList: Bool { clientsFile != nil }

  /// How many connections were refused because their key is not on the list, and how many messages
  /// because it is no more.
  var refusals: Int { refused.load(ordering: .relaxed) }

  /// Who may connect.
  var summary: String { hasList ? "listed-clients" : "any-client" }

  /// The text of a public key, 32 bytes, if a client with it may connect. A list that was changed is
  /// read again; if it cannot be, the one before holds.
  func listed(_ key: [UInt8]) -> String? { listed(key, lookAgainAfter: .zero) }

  /// Whether a client with a public key may still ask: its key may have left the list since it
  /// connected.
  func stillAllows(_ text: String) -> Bool {
    guard hasList else { return true }
    return listed(Z85.bytes(of: text) ?? [], lookAgainAfter: Self.lookInterval) != nil
  }

  /// To look at the file for each message would cost more than the message.
  private static let lookInterval = Duration.seconds(1)

  private func listed(_ key: [UInt8], lookAgainAfter interval: Duration) -> String? {
    guard let clientsFile else { return nil }
    let found = clients.withLock { clients in
      if ContinuousClock.now - clients.lookedAt >= interval {
        clients.lookedAt = .now
        let state = Self.state(of: clientsFile)
        if state != clients.state {
          clients.state = state
          readAgain(clientsFile, &clients.keys)
        }
      }
      return clients.keys[key]
    }
    if found == nil { refused.wrappingAdd(1, ordering: .relaxed) }
    return found
  }

  private func readAgain(_ file: String, _ keys: inout [[UInt8]: String]) {
    do throws(IndexError) {
      keys = try Self.list(in: file)
      logger.info("list of clients read again", metadata: ["clients": "\(keys.count)"])
    } catch {
      logger.warning(
        "the list of clients stays what it was", metadata: ["error": "\(error.message)"])
    }
  }

  private static func list(in file: String) throws(IndexError) -> [[UInt8]: String] {
    var keys: [[UInt8]: String] = [:]
    for text in try CurveKeyFiles.list(in: file) {
      if let key = Z85.bytes(of: text) { keys[key] = text }
    }
    return keys
  }

  /// What differs after a file was written again.
  private static func state(of file: String) -> String {
    guard let found = try? FileManager.default.attributesOfItem(atPath: file) else { return "" }
    let time = (found[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(time) \(found[.size] ?? 0) \(found[.systemFileNumber] ?? 0)"
  }
}

/// Answers ØMQ when it asks whether a client may connect (ZAP, RFC 27). It must be there before the
/// service's socket listens and as long as it does: without it ØMQ lets everyone in.
final class ClientGate {
  /// Where ØMQ asks.
  private static let address = "inproc://zeromq.zap.01"

  let socket: ZMQSocket
  private let curve: ServiceCurve

  init(_ curve: ServiceCurve, in context: ZMQContext) throws(IndexError) {
    self.curve = curve
    socket = try context.socket(ZMQ.router)
    try socket.set(ZMQ.Option.linger, 0)
    try socket.bind(Self.address)
  }

  /// Answers all questions that are there.
  func answer() {
    while let parts = try? socket.receive() {
      // The asking session, a delimiter, version, question, domain, address, identity, mechanism,
      // and what the mechanism knows of the client: for CURVE its public key.
      guard parts.count >= 8 else { continue }
      let isCurve = parts[7] == Array("CURVE".utf8) && parts.count == 9
      let key = isCurve ? curve.listed(parts[8]) : nil
      let answer = key == nil ? ["400", "this key is not on the list"] : ["200", "OK"]
      // The key is the user's name, so that each message tells whose it is; there is no metadata.
      let named = answer + [key ?? "", ""]
      socket.send(Array(parts[0..<4]) + named.map { Array($0.utf8) })
    }
  }
}
