import Testing
import VicinalCore

@Suite("Arrays of equal elements")
struct ArrayFillingTests {
  @Test("they are those of the standard library", arguments: [0, 1, 7, 255, 256, 257, 3000])
  func sizes(count: Int) {
    #expect(Array(filling: count, with: Float(2.5)) == Array(repeating: 2.5, count: count))
    #expect(Array(filling: count, with: Int64(-1)) == Array(repeating: -1, count: count))
    #expect(Array(filling: count, with: UInt8(9)) == Array(repeating: 9, count: count))
  }
}
