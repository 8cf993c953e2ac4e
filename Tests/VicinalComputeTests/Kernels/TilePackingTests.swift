import CVicinalKernels
import Testing
import VicinalCore
import VicinalTestSupport

@Suite("packing queries into tiles")
struct TilePackingTests {
  @Test("four bytes of each query after the other, for every number of queries and every length")
  func layout() {
    var generator = SplitMix64(seed: 4)
    for count in 1...Int(VCL_TILE_QUERIES) {
      for stride in [4, 8, 12, 16, 20, 28, 32, 36, 64, 100, 128, 384] {
        let held = count + 3
        let codes = (0..<held * stride).map { _ in Int8(truncatingIfNeeded: generator.next()) }
        let facts = (0..<held).map {
          vcl_query_facts(
            scale: Float($0) + 0.5, norm: Float($0) + 0.25, residual: Float($0), code_sum: Int32($0)
          )
        }
        // Any order, some twice, some not at all.
        let members = (0..<count).map { Int32(($0 * 5 + 2) % held) }
        let room = count * stride
        var packed = [Int8](repeating: 111, count: room + 16)
        var tile = unsafe vcl_tile()
        unsafe packed.withUnsafeMutableBytes { packed in
          unsafe vcl_pack_tile_int8(
            codes, stride, facts, members, count, packed.baseAddress, &tile)
        }
        var expected: [Int8] = []
        for group in 0..<stride / 4 {
          for member in members {
            expected += codes[(Int(member) * stride + group * 4)...].prefix(4)
          }
        }
        #expect(Array(packed[..<room]) == expected, "\(count) queries of \(stride) bytes")
        #expect(packed[room...].allSatisfy { $0 == 111 }, "written behind the tile")
        #expect(unsafe tile.count == UInt32(count))
        unsafe withUnsafeBytes(of: tile.state) { states in
          let states = unsafe states.bindMemory(to: UInt32.self)
          for place in 0..<count { #expect(unsafe states[place] == UInt32(members[place])) }
        }
      }
    }
  }
}
