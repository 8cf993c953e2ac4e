import Testing
import VicinalCore

@Suite("Seeded randomness")
struct SplitMix64Tests {
  @Test("the sequence is the published one")
  func sequence() {
    var generator = SplitMix64(seed: 1_234_567)
    let first = (0..<3).map { _ in generator.next() }
    #expect(
      first == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("samples are ascending, without repetition, and evenly spread")
  func sampling() {
    var generator = SplitMix64(seed: 91)
    var hits = [Int](repeating: 0, count: 10)
    for _ in 0..<3000 {
      let sample = sampleWithoutReplacement(3, of: 10, using: &generator)
      #expect(sample == Array(Set(sample)).sorted() && sample.count == 3)
      for index in sample { hits[index] += 1 }
    }
    // 900 expected each, standard deviation 25.
    #expect(hits.allSatisfy { (775...1025).contains($0) }, "\(hits)")
    #expect(sampleWithoutReplacement(10, of: 10, using: &generator) == Array(0..<10))
    #expect(sampleWithoutReplacement(99, of: 4, using: &generator) == [0, 1, 2, 3])
    #expect(sampleWithoutReplacement(0, of: 4, using: &generator).isEmpty)
    #expect(sampleWithoutReplacement(3, of: 0, using: &generator).isEmpty)
  }
}
