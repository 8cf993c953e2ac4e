import Testing
import VicinalMessages

@Suite("Replies to clients")
struct EncodingTests {
  private let value = MessageValue.record([
    "result": .list([
      .null, .truth(true), .integer(-5), .integer(1 << 40), .number(0.1), .text("a\"\\\n\u{1}é"),
    ])
  ])

  @Test("what is written is read again, in every encoding")
  func roundTrips() throws {
    let array = MessageValue.array(
      try NumberArray(shape: [2, 1, 2], .doubles([1, -1, .infinity, 0.25])))
    let encodings: [MessageEncoding] = [
      .json(.described), .json(.compact), .pickle, .zlibPickle, .frames,
    ]
    for encoding in encodings {
      let frames = try MessageCodec.encode(.record(["result": array]), as: encoding)
      let read = try MessageCodec.decode(frames)
      #expect(read.value == .record(["result": array]), "\(encoding)")
      #expect(read.encoding == encoding)
      #expect(
        try MessageCodec.decode(
          MessageCodec.encode(value, as: encoding == .frames ? .pickle : encoding)
        ).value == value)
    }
    let plain = try MessageCodec.encode(.record(["result": array]), as: .json(.plain))
    #expect(
      String(decoding: plain[0], as: UTF8.self)
        == #"{"result": [[[1.0, -1.0]], [[Infinity, 0.25]]]}"#)
  }
}
