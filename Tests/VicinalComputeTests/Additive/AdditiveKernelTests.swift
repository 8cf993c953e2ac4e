import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Kernels of additive quantizers")
struct AdditiveKernelTests {
  /// Random codes of fields of given widths, with the numbers they hold.
  private struct Sample {
    var bits: [Int]
    var codeSize: Int
    var numbers: [[Int]] = []
    var codes: [UInt8] = []

    init(_ count: Int, bits: [Int], extraBytes: Int, seed: UInt64) {
      self.bits = bits
      let total = bits.reduce(0, +)
      codeSize = (total + 7) / 8 + extraBytes
      var generator = SplitMix64(seed: seed)
      for _ in 0..<count {
        // Bits behind the fields are random too: nobody may look at them.
        var code = (0..<codeSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var bit = 0
        var row: [Int] = []
        for width in bits {
          let number = Int.random(in: 0..<1 << width, using: &generator)
          for place in 0..<width {
            let (byte, shift) = ((bit + place) / 8, (bit + place) % 8)
            code[byte] = code[byte] & ~(1 << shift) | UInt8(number >> place & 1) << shift
          }
          bit += width
          row.append(number)
        }
        numbers.append(row)
        codes += code
      }
    }
  }

  private static let widths: [[Int]] = [
    [8], [4, 4, 4], [5, 5, 3, 3], [12, 8, 8, 8], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [24, 3],
    [6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6], [13, 13, 13, 13, 13],
  ]

  @Test("numbers and sums of fields of any width are found", arguments: widths)
  func fields(bits: [Int]) throws {
    for level in KernelSet.available {
      let kernels = try KernelSet(level)
      for (count, extra) in [(1, 0), (5, 1), (33, 0)] {
        let seed = UInt64(count * 100 + bits.count)
        let sample = Sample(count, bits: bits, extraBytes: extra, seed: seed)
        var starts: [Int] = []
        for width in bits { starts.append((starts.last ?? 7) + min(1 << width, 40) + 3) }
        // Tables are kept short: entries beyond a table's reach would need gigabytes.
        let isSmall = bits.allSatisfy { $0 <= 13 }
        if isSmall {
          starts = bits.indices.map { index in bits[..<index].reduce(5) { $0 + 1 << $1 } }
        }
        let fields = AdditiveFields(bits: bits, starts: starts, codeSize: sample.codeSize)
        let wanted = sample.numbers.flatMap { row in row.indices.map { Int32(starts[$0] + row[$0]) }
        }
        var found = [Int32](repeating: -1, count: wanted.count)
        var span = found.mutableSpan
        fields.unpack(sample.codes.span.rawBytes, count: count, kernels: kernels, into: &span)
        #expect(found == wanted, "\(bits), \(level), seed \(seed)")

        let rows = (0..<count).reversed().map(Int32.init)
        var turned = [Int32](repeating: -1, count: wanted.count)
        var turnedSpan = turned.mutableSpan
        fields.unpack(
          sample.codes.span.rawBytes, rows: rows.span, kernels: kernels, into: &turnedSpan)
        let reversed = rows.flatMap { wanted[Int($0) * bits.count..<(Int($0) + 1) * bits.count] }
        #expect(turned == reversed, "\(bits), \(level), seed \(seed)")
        guard isSmall else { continue }

        var generator = SplitMix64(seed: seed)
        let tables = (0..<fields.entryCount).map { _ in Float.random(in: -1...1, using: &generator)
        }
        var values = [Float](repeating: .nan, count: count)
        var valueSpan = values.mutableSpan
        fields.sum(
          sample.codes.span.rawBytes, tables: tables.span, bias: 0.5, count: count,
          kernels: kernels, into: &valueSpan)
        var picked = [Float](repeating: .nan, count: count)
        var pickedSpan = picked.mutableSpan
        fields.sum(
          sample.codes.span.rawBytes, rows: rows.span, tables: tables.span, bias: 0.5,
          kernels: kernels, into: &pickedSpan)
        for row in 0..<count {
          let sum = wanted[row * bits.count..<(row + 1) * bits.count].reduce(0.5) {
            $0 + Double(tables[Int($1)])
          }
          #expect(abs(Double(values[row]) - sum) < 1e-5, "\(bits), \(level), seed \(seed)")
        }
        #expect(picked == values.reversed(), "\(bits), \(level), seed \(seed)")
      }
    }
  }

  @Test(
    "a float behind the numbers is added wherever it begins", arguments: [[8, 8], [4, 4, 4], [3]])
  func floats(bits: [Int]) throws {
    let total = bits.reduce(0, +)
    for level in KernelSet.available {
      let kernels = try KernelSet(level)
      let norms: [Float] = [3.25, -1e20, 0, 7e-30]
      var codes: [UInt8] = []
      let size = (total + 32 + 7) / 8
      for norm in norms {
        var code = [UInt8](repeating: 0, count: size)
        for place in 0..<32 where norm.bitPattern >> UInt32(place) & 1 == 1 {
          code[(total + place) / 8] |= 1 << UInt8((total + place) % 8)
        }
        codes += code
      }
      let fields = AdditiveFields(
        bits: bits, starts: bits.map { _ in 0 }, codeSize: size, hasFloat: true)
      let tables = [Float](repeating: 0, count: fields.entryCount)
      var values = [Float](repeating: .nan, count: norms.count)
      var span = values.mutableSpan
      fields.sum(
        codes.span.rawBytes, tables: tables.span, bias: 0, count: norms.count, kernels: kernels,
        into: &span)
      #expect(values == norms, "\(bits), \(level)")
    }
  }

  @Test("sums of entries and distances to them", arguments: [1, 3, 4, 8, 15, 16, 17, 31, 64, 100])
  func entries(dimension: Int) throws {
    for (terms, count) in [(1, 1), (3, 7), (4, 5), (8, 3), (9, 2)] {
      let seed = UInt64(dimension * 100 + terms)
      var generator = SplitMix64(seed: seed)
      let total = 20
      let codebooks = (0..<total * dimension).map { _ in Float.random(in: -1...1, using: &generator)
      }
      // One number before and behind those that count.
      let step = terms + 2
      let entries = (0..<count * step).map { _ in
        Int32.random(in: 0..<Int32(total), using: &generator)
      }
      let query = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        var values = [Float](repeating: 1, count: count)
        var valueSpan = values.mutableSpan
        kernels.addDistances(
          from: query.span, to: codebooks.span, entries: entries.span, range: 1..<1 + terms,
          step: step, count: count, into: &valueSpan)
        let width = dimension + 3
        var sums = [Float](repeating: 9, count: count * width)
        var sumSpan = sums.mutableSpan
        kernels.writeSums(
          of: codebooks.span, dimension: dimension, entries: entries.span, range: 1..<1 + terms,
          step: step, count: count, into: &sumSpan, start: 2, outputStep: width)
        for row in 0..<count {
          var distance = 1.0
          for column in 0..<dimension {
            let sum = entries[row * step + 1..<row * step + 1 + terms].reduce(0.0) {
              $0 + Double(codebooks[Int($1) * dimension + column])
            }
            #expect(
              abs(Double(sums[row * width + 2 + column]) - sum) < 1e-5, "\(level), seed \(seed)")
            distance += (Double(query[column]) - sum) * (Double(query[column]) - sum)
          }
          #expect(abs(Double(values[row]) - distance) < 1e-5 * distance, "\(level), seed \(seed)")
          // What stands beside stays as it is.
          let edges = [0, 1, width - 1].map { sums[row * width + $0] }
          #expect(edges == [9, 9, 9], "\(level), seed \(seed)")
        }
      }
    }
  }

  @Test("the smallest sums are those of a full sort", arguments: [0, 1, 2, 5])
  func choices(terms: Int) throws {
    for (beam, real, keep, baseStep) in [
      (1, 1, 1, 0), (1, 16, 5, 0), (3, 5, 4, 1), (5, 256, 5, 0), (4, 33, 40, 1), (7, 20, 3, 1),
    ] {
      let seed = UInt64(terms * 1000 + beam * 100 + real)
      var generator = SplitMix64(seed: seed)
      let stride = EntryChoices.stride(count: real)
      // Few different values, so that there are ties.
      func number() -> Float { Float(Int.random(in: -3...3, using: &generator)) / 2 }
      let start = (0..<beam).map { _ in number() }
      let step = baseStep * stride
      var base = [Float](repeating: .infinity, count: step * (beam - 1) + stride)
      for place in base.indices where place % stride < real { base[place] = number() }
      base[min(real - 1, 3)] = real > 3 ? .nan : base[min(real - 1, 3)]
      let rowCount = 9
      let cross = (0..<rowCount * stride).map { _ in number() }
      let rows = (0..<beam * terms).map { _ in
        Int32.random(in: 0..<Int32(rowCount), using: &generator)
      }
      var all: [(Float, Int)] = []
      for member in 0..<beam {
        for entry in 0..<stride {
          var value = start[member] + base[member * step + entry]
          for term in 0..<terms {
            value += cross[Int(rows[member * terms + term]) * stride + entry]
          }
          if value < .infinity { all.append((value, member * stride + entry)) }
        }
      }
      all.sort { $0 < $1 }
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        let choices = EntryChoices(
          start: start.span, base: base.span, baseStep: step, cross: cross.span, rows: rows.span,
          terms: terms, stride: stride)
        var values = [Float](repeating: .nan, count: keep)
        var numbers = [Int32](repeating: -1, count: keep)
        var valueSpan = values.mutableSpan
        var numberSpan = numbers.mutableSpan
        let found = choices.smallest(kernels: kernels, into: &valueSpan, numbers: &numberSpan)
        let expected = all.prefix(keep)
        #expect(found == expected.count, "\(level), seed \(seed)")
        #expect(values.prefix(found) == expected.map(\.0)[...], "\(level), seed \(seed)")
        #expect(numbers.prefix(found).map(Int.init) == expected.map(\.1), "\(level), seed \(seed)")
        guard beam == 1, start[0] == 0 || terms == 0 else { continue }
        let least = EntryChoices.least(
          of: base.span.extracting(0..<stride), cross: cross.span, rows: rows.span,
          kernels: kernels)
        #expect(least == all.first?.1 ?? 0, "\(level), seed \(seed)")
      }
    }
  }
}
