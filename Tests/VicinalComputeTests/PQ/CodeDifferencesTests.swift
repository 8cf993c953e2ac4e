import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer kernels: codes as bit strings")
struct CodeDifferencesTests {
  @Test(
    "differing bits and bytes are counted, and near codes found",
    arguments: printingSkips(KernelSet.available))
  func differences(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    var generator = SplitMix64(seed: 51)
    for size in [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 40, 64, 65, 70] {
      let count = 37
      let code = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      // Some bytes equal, so that bits and bytes tell apart.
      let codes = (0..<count * size).map { place in
        generator.integer(below: 3) == 0
          ? code[place % size] : UInt8(truncatingIfNeeded: generator.next())
      }
      for unit in [CodeDifference.bits, .bytes] {
        let truth = (0..<count).map { row in
          (0..<size).reduce(0) { sum, at in
            let x = code[at] ^ codes[row * size + at]
            return sum + (unit == .bits ? x.nonzeroBitCount : x == 0 ? 0 : 1)
          }
        }
        let context = "\(level) \(size) bytes, \(unit)"
        var values = [Float](repeating: -1, count: count)
        var span = values.mutableSpan
        kernels.countDifferences(
          from: code.span.rawBytes, to: codes.span.rawBytes, count: count, in: unit, into: &span)
        #expect(values == truth.map { Float($0) }, "\(context)")
        let rows: [Int32] = [36, 0, 5, 5]
        var chosen = [Float](repeating: -1, count: 4)
        var chosenSpan = chosen.mutableSpan
        kernels.countDifferences(
          from: code.span.rawBytes, to: codes.span.rawBytes, rows: rows.span, in: unit,
          into: &chosenSpan)
        #expect(chosen == rows.map { Float(truth[Int($0)]) }, "\(context)")
        for limit in [0, truth[0], truth[1] + 1, size * 8 + 1] {
          var near = [Int32](repeating: -1, count: count)
          var nearSpan = near.mutableSpan
          let found = kernels.findNearCodes(
            to: code.span.rawBytes, in: codes.span.rawBytes, count: count, below: limit,
            unit: unit, rows: &nearSpan)
          let expected = (0..<count).filter { truth[$0] < limit }.map(Int32.init)
          #expect(Array(near.prefix(found)) == expected, "\(context), limit \(limit)")
        }
      }
    }
  }

  @Test("the cost of a swap is the difference of the costs, to the bit on every level")
  func swaps() throws {
    var generator = SplitMix64(seed: 52)
    for count in [2, 4, 15, 16, 64, 100] {
      var targets = [Float](repeating: 0, count: count * count)
      var weights = targets
      for a in 0..<count {
        for b in 0...a {
          for place in [a * count + b, b * count + a] {
            targets[place] = a == b ? 0 : 8 * hash(a, b)
            weights[place] = hash(a + 1000, b)
          }
        }
      }
      var numbers = (0..<Int32(count)).map { $0 }
      numbers.shuffle(using: &generator)
      func cost(_ numbers: [Int32]) -> Double {
        (0..<count * count).reduce(0) { sum, place in
          let bits = (numbers[place / count] ^ numbers[place % count]).nonzeroBitCount
          let error = Double(targets[place]) - Double(bits)
          return sum + Double(weights[place]) * error * error
        }
      }
      for _ in 0..<10 {
        let (a, b) = (generator.integer(below: count), generator.integer(below: count))
        guard a != b else { continue }
        var swapped = numbers
        swapped.swapAt(a, b)
        // Every pair stands twice in the whole cost.
        let truth = (cost(swapped) - cost(numbers)) / 2
        let found = try KernelSet.available.map { level in
          try KernelSet(level).costOfSwapping(
            a, b, numbers: numbers.span, targets: targets.span, weights: weights.span)
        }
        #expect(Set(found).count == 1, "count \(count): \(found), seed 52")
        #expect(abs(Double(found[0]) - truth) <= 1e-4 * max(1, cost(numbers)), "count \(count)")
        numbers = swapped
      }
    }
  }

  /// Symmetric numbers in 0 ..< 1.
  private func hash(_ a: Int, _ b: Int) -> Float {
    var generator = SplitMix64(seed: UInt64(min(a, b) * 4096 + max(a, b)))
    return generator.uniform()
  }
}
