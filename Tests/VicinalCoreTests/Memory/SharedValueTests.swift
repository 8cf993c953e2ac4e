import Synchronization
import Testing
import VicinalCore
import VicinalTestSupport

@Suite("SharedValue")
struct SharedValueTests {
  /// Counts how many of them are alive.
  private final class Witness: Sendable {
    static let alive = Atomic(0)
    let number: Int
    init(_ number: Int) {
      self.number = number
      Self.alive.add(1, ordering: .relaxed)
    }
    deinit { Self.alive.subtract(1, ordering: .relaxed) }
  }

  /// Where the elements of a shared array lie.
  private func place(of shared: SharedValue<[Int]>) -> UInt {
    unsafe shared.value.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  @Test("copies share a value until one of them changes it, and the others keep theirs")
  func copies() {
    var first = SharedValue([1, 2, 3])
    let second = first
    #expect(first.isSame(as: second))
    first.value[1] = 20
    #expect(!first.isSame(as: second))
    #expect(first.value == [1, 20, 3])
    #expect(second.value == [1, 2, 3])
  }

  @Test("a value that is not shared is changed where it is")
  func inPlace() {
    var only = SharedValue([Int](repeating: 0, count: 1000))
    only.value[0] = 1
    let before = place(of: only)
    for place in 1..<1000 { only.value[place] = place }
    #expect(place(of: only) == before)
    #expect(only.value.reduce(0, +) == 499_501)
  }

  @Test("after a change by one copy the other holds the old value alone")
  func unsharing() {
    // Not a literal, which lies in memory that is never written to.
    var first = SharedValue((1...100).map { $0 })
    var second = first
    second.value.append(2)
    let before = place(of: first)
    first.value[0] = 5
    #expect(place(of: first) == before)
    #expect(second.value.count == 101 && first.value.count == 100)
  }

  @Test("random changes of many copies agree with plain arrays")
  func againstArrays() {
    var generator = SplitMix64(seed: 17)
    var shared = [SharedValue([0])]
    var plain = [[0]]
    for step in 0..<2000 {
      let one = generator.integer(below: shared.count)
      switch generator.integer(below: 4) {
      case 0 where shared.count < 20:
        shared.append(shared[one])
        plain.append(plain[one])
      case 1 where shared.count > 1:
        shared.remove(at: one)
        plain.remove(at: one)
      case 2:
        shared[one].value.append(step)
        plain[one].append(step)
      default:
        shared[one].value[0] = step
        plain[one][0] = step
      }
      guard shared.map(\.value) == plain else {
        Issue.record("step \(step)")
        return
      }
    }
  }

  @Test("values are freed with the last copy")
  func freeing() {
    do {
      var copies = [SharedValue(Witness(1))]
      for _ in 0..<10 { copies.append(copies[0]) }
      #expect(Witness.alive.load(ordering: .relaxed) == 1)
      copies[3].value = Witness(2)
      #expect(Witness.alive.load(ordering: .relaxed) == 2)
      #expect(copies[3].value.number == 2 && copies[4].value.number == 1)
      copies.removeLast(7)
      copies.remove(at: 3)
      #expect(Witness.alive.load(ordering: .relaxed) == 1)
    }
    #expect(Witness.alive.load(ordering: .relaxed) == 0)
  }
}
