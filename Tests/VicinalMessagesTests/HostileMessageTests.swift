import Testing
import VicinalMessages

@Suite("Messages that mean harm")
struct HostileMessageTests {
  private func code(_ bytes: [UInt8], limits: MessageLimits = MessageLimits()) -> String? {
    do {
      _ = try MessageCodec.decode([bytes], limits: limits)
      return nil
    } catch {
      return error.code.rawValue
    }
  }

  private func pickle(_ body: String) -> [UInt8] { [0x80, 2] + Array(body.utf8) }

  @Test("a pickle cannot name what is not on the list")
  func symbols() {
    for name in ["cos\nsystem\n", "cnumpy\nload\n", "cbuiltins\neval\n", "c__builtin__\nexec\n"] {
      #expect(code([0x80, 2] + Array(name.utf8) + [0x29] + Array("R.".utf8)) == "unsupported_type")
    }
    // STACK_GLOBAL of protocol 4.
    let text = { (text: String) in [0x8c, UInt8(text.utf8.count)] + Array(text.utf8) }
    #expect(code([0x80, 4] + text("posix") + text("system") + [0x93, 0x2e]) == "unsupported_type")
  }

  @Test("opcodes that are not on the list are refused, each of the 256 alone and after a value")
  func opcodes() {
    for opcode in UInt8.min...UInt8.max {
      // Empty containers, None, True and False are whole pickles.
      let isWhole = [0x29, 0x4e, 0x5d, 0x7d, 0x88, 0x89].contains(opcode)
      #expect((code([0x80, 2, opcode, 0x2e]) == nil) == isWhole, "\(opcode)")
      _ = code([0x80, 2, 0x4e, opcode, 0, 0, 0, 0, 0x2e])
    }
  }

  @Test("lists that hold themselves, or each other twice as often at every level, end")
  func bombs() {
    // ]q\0h\0a. : a list that holds itself.
    #expect(code(pickle("]q\0h\0a.")) == "limit_exceeded")
    // Each list holds the one before it four times; the outermost holds all.
    var doubling: [UInt8] = [0x80, 2] + Array("](]q\0".utf8)
    for level in UInt8(1)..<40 {
      doubling += Array("](".utf8)
      for _ in 0..<4 { doubling += [0x68, level - 1] }
      doubling += Array("eq".utf8) + [level]
    }
    #expect(code(doubling + Array("e.".utf8)) == "limit_exceeded")
    let nested = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(code(Array("{\"v\": ".utf8) + nested) == "limit_exceeded")
  }

  @Test("one text that is made into bytes many times does not fill memory")
  func repeatedBytes() {
    var limits = MessageLimits()
    limits.bytes = 1 << 20
    var bytes: [UInt8] = [0x80, 2] + Array("c_codecs\nencode\nq\0X".utf8) + [0, 0, 8, 0]
    bytes += [UInt8](repeating: 0x61, count: 1 << 19)
    bytes += Array("q\u{1}X\u{6}\0\0\0latin1q\u{2}".utf8)
    bytes += [0x5d, 0x28]
    for _ in 0..<1_000 { bytes += [0x68, 0, 0x68, 1, 0x68, 2, 0x86, 0x52] }
    #expect(code(bytes + Array("e.".utf8), limits: limits) == "limit_exceeded")
  }

  @Test("a message that unpacks to too much, or is too long, is refused")
  func sizes() throws {
    var limits = MessageLimits()
    limits.bytes = 1 << 16
    let zeros = MessageValue.record(["v": .bytes([UInt8](repeating: 0, count: 1 << 20))])
    let packed = try MessageCodec.encode(zeros, as: .zlibPickle)[0]
    #expect(packed.count < 1 << 16)
    #expect(code(packed, limits: limits) == "limit_exceeded")
    #expect(code(packed) == nil)
    #expect(code([UInt8](repeating: 0x20, count: 1 << 17), limits: limits) == "limit_exceeded")
    #expect(code([]) == "malformed_message")
    #expect(code([0x78]) == "malformed_message")
  }
}
