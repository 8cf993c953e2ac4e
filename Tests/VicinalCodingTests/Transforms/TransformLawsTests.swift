import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

/// A transform for each kind, from 24 dimensions, and whether going there and back gives the same.
enum Transforms {
  static let sample = DataShape.clustered.make(700, dimension: 24, seed: 3)

  static let all:
    [(name: String, isLossless: Bool, make: @Sendable () throws -> any VectorTransform)] = [
      ("PCA24", true, { try PCA(inputDimension: 24, outputDimension: 24) }),
      ("PCA7", false, { try PCA(inputDimension: 24, outputDimension: 7) }),
      ("PCAR8", false, { try TransformSpec(parsing: "PCAR8").makeTransform(inputDimension: 24) }),
      ("PCAW3", false, { try TransformSpec(parsing: "PCAW3").makeTransform(inputDimension: 24) }),
      ("RR", true, { try RandomRotation(inputDimension: 24, outputDimension: 24) }),
      ("RR9", false, { try RandomRotation(inputDimension: 24, outputDimension: 9) }),
      ("RR40", true, { try RandomRotation(inputDimension: 24, outputDimension: 40) }),
      ("OPQ4", true, { try opq(4, nil) }),
      ("OPQ4_8", false, { try opq(4, 8) }),
      ("OPQ4_32", true, { try opq(4, 32) }),
      ("ITQ", false, { try ITQTransform(inputDimension: 24, outputDimension: 24) }),
      ("ITQ6", false, { try ITQTransform(inputDimension: 24, outputDimension: 6) }),
      ("ITQ matrix", true, { try ITQMatrix(dimension: 24, iterations: 10) }),
      ("L2norm", false, { L2Normalization(dimension: 24) }),
      ("centering", true, { try Centering(dimension: 24) }),
      ("Pad40", true, { try RemapDimensions(inputDimension: 24, outputDimension: 40) }),
      (
        "fewer", false,
        { try RemapDimensions(inputDimension: 24, outputDimension: 10, isSpread: true) }
      ),
      ("HR", true, { try HadamardRotation(inputDimension: 24) }),
    ]

  private static func opq(_ parts: Int, _ dimension: Int?) throws -> OPQ {
    var options = OPQ.Options()
    (options.bits, options.iterations) = (4, 6)
    return try OPQ(
      inputDimension: 24, subspaces: parts, outputDimension: dimension, options: options)
  }
}

@Suite("Every transform")
struct TransformLawsTests {
  @Test("does the same alone and in a batch, trained and applied by any number of threads")
  func determinism() throws {
    let sample = Transforms.sample
    let vectors = DataShape.clustered.make(61, dimension: 24, seed: 4)
    for (name, _, make) in Transforms.all {
      var results: [[Float]] = []
      for workers in [1, 3] {
        var transform = try make()
        let execution = Execution(workers: workers)
        try transform.train(on: sample.batch(), execution: execution)
        let all = try transform.apply(vectors.batch(), execution: execution)
        #expect(
          all.count == 61 * transform.outputDimension && all.allSatisfy(\.isFinite), "\(name)")
        var pieces: [Float] = []
        for first in stride(from: 0, to: 61, by: 7) {
          let part = vectors.rows(first..<min(61, first + 7))
          pieces += try transform.apply(part.batch(), execution: execution)
        }
        #expect(pieces == all, "\(name) in pieces")
        results.append(all)
      }
      #expect(results[0] == results[1], "\(name) with 1 and 3 threads")
    }
  }

  @Test("leads back where nothing is lost, and to the nearest where something is")
  func reversing() throws {
    let sample = Transforms.sample
    let vectors = DataShape.clustered.make(20, dimension: 24, seed: 5)
    for (name, isLossless, make) in Transforms.all {
      var transform = try make()
      try transform.train(on: sample.batch(), execution: Execution())
      let there = Vectors(
        try transform.apply(vectors.batch()), dimension: transform.outputDimension)
      guard transform.isReversible else {
        #expect(!isLossless, "\(name)")
        expectError(.unsupported) { _ = try transform.reverse(there.batch()) }
        continue
      }
      let back = try transform.reverse(there.batch())
      #expect(back.count == vectors.values.count, "\(name)")
      if isLossless {
        for (a, b) in zip(back, vectors.values) where abs(a - b) > 2e-5 {
          Issue.record("\(name): \(b) came back as \(a)")
          break
        }
      }
      // What came back leads to the same place.
      let again = try transform.apply(
        VectorBatch(back.span, dimension: transform.inputDimension))
      for (a, b) in zip(again, there.values) where abs(a - b) > 2e-5 {
        Issue.record("\(name): \(b) becomes \(a)")
        break
      }
    }
  }

  @Test("rotations keep distances")
  func rotations() throws {
    let sample = Transforms.sample
    let pair = DataShape.uniform.make(2, dimension: 24, seed: 6)
    func square(_ values: [Float]) -> Double {
      let half = values.count / 2
      var sum = 0.0
      for place in 0..<half {
        let difference = Double(values[place] - values[half + place])
        sum += difference * difference
      }
      return sum
    }
    for (name, _, make) in Transforms.all
    where ["RR", "RR40", "OPQ4", "ITQ matrix", "HR", "PCA24"].contains(name) {
      var transform = try make()
      try transform.train(on: sample.batch(), execution: Execution())
      let turned = square(try transform.apply(pair.batch()))
      #expect(abs(turned - square(pair.values)) < 1e-4, "\(name)")
    }
  }

  @Test("refuses wrong dimensions, use before training, and too little or broken data")
  func refusals() throws {
    let sample = Transforms.sample
    let other = DataShape.uniform.make(5, dimension: 23, seed: 7)
    let few = DataShape.uniform.make(2, dimension: 24, seed: 8)
    var broken = sample
    broken.values[100] = .nan
    for (name, _, make) in Transforms.all {
      var transform = try make()
      #expect(transform.inputDimension == 24)
      if !transform.isTrained {
        expectError(.notTrained) { _ = try transform.apply(few.batch()) }
        if !name.hasPrefix("RR") {
          expectError(.dimensionMismatch) {
            try transform.train(on: other.batch(), execution: Execution())
          }
          expectError(.notFinite) {
            try transform.train(on: broken.batch(), execution: Execution())
          }
          #expect(!transform.isTrained)
        }
      }
      try transform.train(on: sample.batch(), execution: Execution())
      expectError(.dimensionMismatch) { _ = try transform.apply(other.batch()) }
      expectError(.dimensionMismatch) { _ = try transform.reverse(other.batch()) }
      let nothing = Vectors([], dimension: 24)
      #expect(try transform.apply(nothing.batch()).isEmpty)
    }
    var pca = try PCA(inputDimension: 24, outputDimension: 3)
    expectError(.insufficientData) { try pca.train(on: few.batch(), execution: Execution()) }
    var opq = try OPQ(inputDimension: 24, subspaces: 2)
    expectError(.insufficientData) { try opq.train(on: few.batch(), execution: Execution()) }
    let cancelled = Execution(isCancelled: { true })
    expectError(.cancelled) { try pca.train(on: sample.batch(), execution: cancelled) }
    expectError(.cancelled) { try opq.train(on: sample.batch(), execution: cancelled) }
    #expect(!pca.isTrained && !opq.isTrained)
  }

  @Test("refuses numbers that make no sense")
  func arguments() throws {
    expectError(.invalidArgument) { _ = try PCA(inputDimension: 4, outputDimension: 5) }
    expectError(.invalidArgument) { _ = try OPQ(inputDimension: 10, subspaces: 3) }
    expectError(.invalidArgument) { _ = try ITQTransform(inputDimension: 4, outputDimension: 8) }
    expectError(.invalidArgument) {
      _ = try ITQTransform(inputDimension: 8, outputDimension: 4, hasPCA: false)
    }
    expectError(.invalidArgument) { _ = try RemapDimensions(inputDimension: 4, map: [0, 4]) }
    expectError(.invalidArgument) { _ = try HadamardRotation(inputDimension: 0) }
    expectError(.invalidArgument) {
      _ = try RandomRotation(inputDimension: 1, outputDimension: 1 << 21)
    }
    expectError(.invalidArgument) {
      _ = try LinearTransform(inputDimension: 2, outputDimension: 2, matrix: [1, 2, 3])
    }
    var bins = PCA.Options()
    (bins.balancedBins, bins.isRotated) = (2, true)
    expectError(.invalidArgument) {
      _ = try PCA(inputDimension: 4, outputDimension: 4, options: bins)
    }
  }
}
