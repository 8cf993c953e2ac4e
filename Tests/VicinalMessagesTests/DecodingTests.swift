import Foundation
import Testing
import VicinalCore
import VicinalMessages

@Suite("Messages of clients")
struct DecodingTests {
  private func request(_ frames: [[UInt8]]) throws(ServiceError) -> ServiceRequest {
    try RequestParser(MessageCodec.decode(frames).value, limits: RequestLimits()).request()
  }

  @Test("what Python's json, json_tricks and pickle write is read, in every type and order")
  func clients() throws {
    #expect(ClientMessage.all.count > 150)
    for message in ClientMessage.all {
      #expect(try request(message.frames) == message.expected, "\(message)")
    }
  }

  @Test("the encoding is told from the message")
  func encodings() throws {
    for message in ClientMessage.all {
      let found = try MessageCodec.decode(message.frames).encoding
      let expected: MessageEncoding =
        switch message.name {
        case let name where name.contains("zlib"): .zlibPickle
        case let name where name.contains("pickle"): .pickle
        case let name where name.contains("compact") || name.contains("gzip"): .json(.compact)
        case let name where name.contains("tricks"): .json(.described)
        default: .json(.plain)
        }
      #expect(found == expected, "\(message)")
    }
  }

  @Test("arrays in frames of their own are read where the header names them")
  func frames() throws {
    let rows: [Float] = [1, 2, 3, 4, 5, 7]
    var raw: [UInt8] = []
    raw.append(copying: rows.span.rawBytes)
    let expected = ServiceRequest.search(SearchRequest(queries: rows, dimension: 3))
    for header in [
      #"{"requests": ["search"], "dtype": "float32", "shape": [2, 3]}"#,
      #"{"dtype": "float32", "shape": [2, 3]}"#,
      #"{"requests":["search"],"search":{"__buffer__":0,"dtype":"<f4","shape":[2,3]}}"#,
    ] {
      #expect(try request([Array(header.utf8), raw]) == expected, "\(header)")
    }
    for header in [
      #"{"dtype": "float32", "shape": [2, 4]}"#, #"{"dtype": "float32"}"#, "[1]", "{",
      #"{"requests":["search"],"search":{"__buffer__":1,"dtype":"<f4","shape":[2,3]}}"#,
      #"{"requests":["search"],"search":{"__buffer__":0,"dtype":"<c8","shape":[3]}}"#,
      #"{"requests":["search"],"search":{"__buffer__":0,"dtype":"<f4","shape":[-2,-3]}}"#,
      #"{"dtype": "float32", "shape": [4611686018427387904, 4, 2]}"#,
    ] {
      #expect(throws: ServiceError.self, "\(header)") { try request([Array(header.utf8), raw]) }
    }
  }

  /// What the service answers to any bytes: a request or an error, never the end of the process.
  @Test("every byte of every message may be wrong")
  func mutations() {
    var refused = 0
    var tried = 0
    for message in ClientMessage.all where message.name.hasPrefix("f4") || message.asks == "change"
    {
      let bytes = message.frames[0]
      for place in bytes.indices {
        for value in [0, 0xff, bytes[place] ^ 1, bytes[place] ^ 0x80, bytes[place] &+ 1] {
          var mutated = bytes
          mutated[place] = value
          tried += 1
          if (try? request([mutated])) == nil { refused += 1 }
        }
        tried += 1
        if (try? request([Array(bytes[..<place])])) == nil { refused += 1 }
      }
    }
    #expect(tried > 20_000)
    #expect(refused > tried / 2)
  }

  @Test("numbers of JSON are read exactly")
  func numbers() throws {
    func value(_ text: String) throws(ServiceError) -> MessageValue {
      try MessageCodec.decode([Array("{\"v\": \(text)}".utf8)]).value
    }
    var random = SplitMix64(seed: 5)
    for _ in 0..<2_000 {
      let real = Double(bitPattern: random.next())
      guard real.isFinite else { continue }
      #expect(try value("\(real)") == .record(["v": .number(real)]), "\(real)")
      let whole = Int64(bitPattern: random.next())
      #expect(try value("\(whole)") == .record(["v": .integer(whole)]))
    }
    for (text, expected) in [
      ("1e400", Double.infinity), ("-0.0", -0.0),
      ("123456789012345678901234567890", 1.2345678901234568e29),
      ("0.1e-5", 1e-6), ("9223372036854775808", 9_223_372_036_854_775_808), ("5E+2", 500),
      ("-Infinity", -.infinity),
    ] {
      #expect(try value(text) == .record(["v": .number(expected)]), "\(text)")
    }
    #expect(try value("-9223372036854775808") == .record(["v": .integer(.min)]))
    for text in ["01", "1.", ".5", "+1", "-", "1e", "0x1", "nan", "1 2", "", "'a'", "--1", "NaNN"] {
      #expect(throws: ServiceError.self, "\(text)") { try value(text) }
    }
  }

  @Test("texts of JSON are read with their escapes, or refused")
  func texts() throws {
    func text(_ text: String) throws(ServiceError) -> MessageValue {
      try MessageCodec.decode([Array("{\"v\": \"\(text)\"}".utf8)]).value
    }
    #expect(try text("a\\u00e9\\ud83d\\ude00\\n\\\"ü") == .record(["v": .text("aé😀\n\"ü")]))
    for wrong in ["\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\x", "\\u12", "\n", "\\"] {
      #expect(throws: ServiceError.self, "\(wrong)") { try text(wrong) }
    }
  }
}
