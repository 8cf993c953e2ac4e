import CFuzzer
import Vicinal

/// Changes numbers of a file in half of the cases; most bytes of a file are floats and codes, which
/// libFuzzer's own changes hit nearly always.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  var random = SplitMix64(seed: UInt64(seed))
  if count < 16 || Bool.random(using: &random) {
    return LLVMFuzzerMutate(start, count, limit)
  }
  let bytes = UnsafeMutableBufferPointer(start: start, count: count)
  for _ in 0...Int.random(in: 0..<3, using: &random) {
    guard let place = numberPlace(bytes, &random) else { break }
    var other: UInt64 = 0
    if let elsewhere = numberPlace(bytes, &random) { other = number(bytes, at: elsewhere) }
    let value = changed(number(bytes, at: place), other: other, &random)
    for byte in 0..<place.count {
      bytes[place.lowerBound + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
    }
  }
  return count
}

/// Where something lies that looks like a count: 4 or 8 bytes whose high ones are 0. Half of the
/// time it is near the front, where headers are.
private func numberPlace(
  _ bytes: UnsafeMutableBufferPointer<UInt8>, _ random: inout SplitMix64
) -> Range<Int>? {
  let width = Bool.random(using: &random) ? 4 : 8
  let reach = bytes.count - width
  let last = Bool.random(using: &random) ? min(reach, 256) : reach
  let first = Int.random(in: 0...last, using: &random)
  for start in first...reach where number(bytes, at: start..<start + width) < 1 << 24 {
    return start..<start + width
  }
  return nil
}

private func number(_ bytes: UnsafeMutableBufferPointer<UInt8>, at place: Range<Int>) -> UInt64 {
  place.reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
}

private func changed(_ value: UInt64, other: UInt64, _ random: inout SplitMix64) -> UInt64 {
  switch Int.random(in: 0..<12, using: &random) {
  case 0: value &+ 1
  case 1: value &- 1
  case 2: value &* 2
  case 3: value / 2
  case 4: 0
  case 5: .max
  case 6: 1 << UInt64.random(in: 0..<64, using: &random)
  case 7: (1 << UInt64.random(in: 0..<64, using: &random)) &- 1
  case 8: value ^ 1 << UInt64.random(in: 0..<64, using: &random)
  case 9: UInt64.random(in: 0..<256, using: &random)
  case 10: value &+ UInt64.random(in: 0..<64, using: &random) &- 32
  default: other
  }
}
