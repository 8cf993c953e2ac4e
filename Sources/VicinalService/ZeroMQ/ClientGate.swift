import Foundation
import Logging
import Synchronization
import VicinalCore

/// The CURVE keys of a service and the clients that may use it, read before it listens.
final class ServiceCurve: Sendable {
  let keys: CurveKeyPair
  private let clientsFile: String?
  /// The keys of the list, and which state of the file they are from.
  private let clients: Mutex<(keys: Set<[UInt8]>, state: String)>
  private let refusals = Atomic<Int>(0)
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
    let allowed = try clientsFile.map(Self.list) ?? []
    clients = Mutex((allowed, state))
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

  /// How many connections were refused because their key is not on the list.
  var refusedConnections: Int { refusals.load(ordering: .relaxed) }

  /// Who may connect.
  var summary: String { hasList ? "listed-clients" : "any-client" }

  /// Whether a client with this public key, 32 bytes, may connect. A list that was changed is read
  /// again; if it cannot be, the one before holds.
  func allows(_ key: [UInt8]) -> Bool {
    guard let clientsFile else { return true }
    let isAllowed = clients.withLock { clients in
      let state = Self.state(of: clientsFile)
      if state != clients.state {
        clients.state = state
        do throws(IndexError) {
          clients.keys = try Self.list(in: clientsFile)
          logger.info("list of clients read again", metadata: ["clients": "\(clients.keys.count)"])
        } catch {
          logger.warning(
            "the list of clients stays what it was", metadata: ["error": "\(error.message)"])
        }
      }
      return clients.keys.contains(key)
    }
    if !isAllowed { refusals.wrappingAdd(1, ordering: .relaxed) }
    return isAllowed
  }

  private static func list(in file: String) throws(IndexError) -> Set<[UInt8]> {
    Set(try CurveKeyFiles.list(in: file).compactMap(Z85.bytes))
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
      let isAllowed =
        parts[7] == Array("CURVE".utf8) && parts.count == 9 && curve.allows(parts[8])
      let answer = isAllowed ? ["200", "OK"] : ["400", "this key is not on the list"]
      // No name for the user, no metadata.
      socket.send(Array(parts[0..<4]) + answer.map { Array($0.utf8) } + [[], []])
    }
  }
}
