import Testing
import VicinalCoding
import VicinalCore

@Suite("Bit strings")
struct BitStringTests {
  @Test("numbers of any width come back, and lie where the format says")
  func roundTrip() {
    var generator = SplitMix64(seed: 71)
    for bits in 1...32 {
      for count in [0, 1, 2, 7, 8, 33] {
        let mask = UInt64(1) << UInt64(bits) - 1
        let numbers = (0..<count).map { _ in
          Int32(truncatingIfNeeded: generator.next() & mask)
        }
        var bytes: [UInt8] = [0xa5]
        BitString.append(numbers.span, bits: bits, to: &bytes)
        #expect(bytes.count == 1 + BitString.byteCount(count, bits: bits) && bytes[0] == 0xa5)
        for (index, number) in numbers.enumerated() {
          for bit in 0..<bits {
            let place = index * bits + bit
            let isSet = bytes[1 + place / 8] >> UInt8(place % 8) & 1 == 1
            #expect(isSet == (UInt32(bitPattern: number) >> UInt32(bit) & 1 == 1))
          }
          let found = BitString.number(index, of: bytes.span.rawBytes, from: 1, bits: bits)
          #expect(found == Int(UInt32(bitPattern: number)), "\(bits) bits")
        }
        var back = [Int32](repeating: -1, count: count)
        var span = back.mutableSpan
        BitString.read(bytes.span.rawBytes, from: 1, bits: bits, into: &span)
        #expect(back == numbers, "\(bits) bits, seed 71")
      }
    }
  }
}
