import CZeroMQ
public import VicinalCore

/// A key pair of CURVE, ØMQ's encryption: both keys as Z85 texts of 40 characters.
public struct CurveKeyPair: Sendable, Equatable {
  /// What others may know.
  public let publicKey: String
  /// What only the owner may know.
  public let secretKey: String

  /// Makes a new pair.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if libzmq was built without CURVE.
  public init() throws(IndexError) {
    try Self.requireSupport()
    var publicText = [CChar](repeating: 0, count: 41)
    var secretText = [CChar](repeating: 0, count: 41)
    guard unsafe zmq_curve_keypair(&publicText, &secretText) == 0 else {
      throw ZMQ.error("make keys")
    }
    (publicKey, secretKey) = (Self.text(publicText), Self.text(secretText))
  }

  /// The pair that a secret key belongs to.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for what is no key,
  ///   ``IndexError/Code/unsupported`` if libzmq was built without CURVE.
  public init(secretKey: String) throws(IndexError) {
    try Self.requireSupport()
    guard Z85.isKey(secretKey) else {
      throw IndexError(.invalidArgument, "a secret key is \(Z85.description)")
    }
    var publicText = [CChar](repeating: 0, count: 41)
    guard unsafe zmq_curve_public(&publicText, secretKey) == 0 else {
      throw ZMQ.error("find the public key of a secret key")
    }
    self.secretKey = secretKey
    publicKey = Self.text(publicText)
  }

  /// Whether the libzmq of this machine can encrypt.
  public static var isSupported: Bool { unsafe zmq_has("curve") == 1 }

  static func requireSupport() throws(IndexError) {
    guard isSupported else {
      throw IndexError(
        .unsupported, "the libzmq of this machine was built without CURVE; install one with it")
    }
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// What a client needs to reach a service with CURVE.
public struct CurveClientKeys: Sendable, Equatable {
  /// The public key of the service; a service without its secret half cannot answer.
  public let serverKey: String
  /// The client's own pair.
  public let own: CurveKeyPair

  /// - Parameter own: Where the service has a list of clients, a pair whose public key is on it; a
  ///   new pair if nil.
  /// - Throws: ``IndexError/Code/invalidArgument`` for what is no key,
  ///   ``IndexError/Code/unsupported`` if libzmq was built without CURVE.
  public init(serverKey: String, own: CurveKeyPair? = nil) throws(IndexError) {
    guard Z85.isKey(serverKey) else {
      throw IndexError(.invalidArgument, "the key of a service is \(Z85.description)")
    }
    self.serverKey = serverKey
    if let own { self.own = own } else { self.own = try CurveKeyPair() }
  }
}

/// Text of 40 characters for the 32 bytes of a key: five characters for each four bytes.
enum Z85 {
  static let description = "a Z85 text of 40 characters"

  private static let digits = Dictionary(
    uniqueKeysWithValues: zip(
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8,
      UInt64(0)...))

  static func isKey(_ text: String) -> Bool { bytes(of: text)?.count == 32 }

  /// The bytes of a text; `nil` if it is none.
  static func bytes(of text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 5) else { return nil }
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: characters.count, by: 5) {
      var word: UInt64 = 0
      for character in characters[first..<first + 5] {
        guard let digit = digits[character] else { return nil }
        word = word * 85 + digit
      }
      guard word <= UInt64(UInt32.max) else { return nil }
      for shift: UInt64 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return bytes
  }
}
