import Foundation
package import VicinalCore

extension SplitMix64 {
  /// Uniform in [low, high).
  package mutating func uniform(_ low: Float = 0, _ high: Float = 1) -> Float {
    low + (high - low) * Float(next() >> 40) * 0x1p-24
  }

  /// Normal with mean 0 and variance 1.
  package mutating func normal() -> Float {
    let radius = (-2 * log(1 - Double(next() >> 11) * 0x1p-53)).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double(next() >> 11) * 0x1p-53))
  }

  /// An integer in 0 ..< bound.
  package mutating func integer(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
