/// A small, fast generator whose whole state is one number: the same seed gives the same
/// sequence on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts the sequence that belongs to `seed`.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(state)
  }

  /// Scrambles one number; also a hash for numbers that follow each other.
  package static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Draws `count` different numbers out of 0 ..< `total`, in ascending order, every subset equally
/// likely. All numbers if `count` reaches `total`.
///
/// - Complexity: O(count log count) time, O(count) memory (Floyd's method).
package func sampleWithoutReplacement(
  _ count: Int, of total: Int, using generator: inout SplitMix64
) -> [Int] {
  guard count < total else { return Array(0..<max(0, total)) }
  var chosen = Set<Int>(minimumCapacity: max(0, count))
  for last in (total - max(0, count))..<total {
    let drawn = Int.random(in: 0...last, using: &generator)
    chosen.insert(chosen.contains(drawn) ? last : drawn)
  }
  return chosen.sorted()
}
