/// One value of a message, whatever it was written in.
package enum MessageValue: Sendable, Equatable {
  case null
  case truth(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case bytes([UInt8])
  case array(NumberArray)
  case list([MessageValue])
  /// Whole numbers as keys of a Python dictionary are their decimal text here.
  case record([String: MessageValue])

  /// What an error message calls this value.
  package var kind: String {
    switch self {
    case .null: "null"
    case .truth: "a truth value"
    case .integer, .number: "a number"
    case .text: "text"
    case .bytes: "bytes"
    case .array(let array): "an array of shape \(array.shape)"
    case .list: "a list"
    case .record: "a record"
    }
  }
}

/// What a message may demand of the service before it is refused.
package struct MessageLimits: Sendable, Equatable {
  /// Bytes of a whole message, and of what a compressed one unpacks to.
  package var bytes = 64 << 20
  /// Values, each list, record, array, text or number outside arrays being one.
  package var values = 4_000_000
  /// Lists and records inside each other.
  package var depth = 64

  /// Bytes that the numbers of a message may take in memory: a digit and a comma become 8 bytes.
  package var memory: Int { 4 * bytes }

  package init() {}
}

/// What the values of a message may still take in memory. A value that a message names several times is
/// charged each time, so that a few bytes cannot stand for what fills the memory.
struct MemoryBudget: Sendable {
  private let limit: Int
  private var left: Int

  init(_ limits: MessageLimits) {
    limit = limits.memory
    left = limit
  }

  /// Takes bytes from what is left.
  ///
  /// - Throws: `limitExceeded`, before anything is made.
  mutating func charge(_ bytes: Int) throws(ServiceError) {
    guard bytes <= left else {
      throw ServiceError(.limitExceeded, "a message unpacks to more than \(limit) bytes")
    }
    left -= bytes
  }
}
