import Testing
import VicinalCore
import VicinalTestSupport

@Suite("ByteStorage")
struct ByteStorageTests {
  private func bytes(_ storage: ByteStorage) -> [UInt8] {
    let span = storage.bytes
    return span.byteOffsets.map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }

  private func append(_ values: [UInt8], to storage: inout ByteStorage) {
    unsafe storage.append(values.span.bytes)
  }

  @Test("a copy is untouched by every change of the original")
  func snapshots() {
    let changes: [(String, (inout ByteStorage) -> Void)] = [
      ("append", { self.append([9, 9], to: &$0) }),
      ("append floats", { $0.append([Float(1)].span) }),
      ("append integer", { $0.append(Int64(-1)) }),
      ("grow", { $0.resize(to: 10_000) }),
      ("shrink", { $0.resize(to: 2) }),
      ("move", { $0.move(from: 0, to: 2, length: 3) }),
      ("write", { storage in unsafe storage.mutableBase().storeBytes(of: 7, as: UInt8.self) }),
      (
        "shrink and append",
        {
          $0.resize(to: 1); self.append([8, 8, 8], to: &$0)
        }
      ),
      (
        "reserve",
        {
          $0.reserve(5000); self.append([1], to: &$0)
        }
      ),
      ("trim", { $0.trim() }),
    ]
    for room in [0, 1000] {
      for (name, change) in changes {
        var original = ByteStorage()
        original.reserve(room)
        append([0, 1, 2, 3, 4, 5, 6], to: &original)
        let copy = original
        change(&original)
        #expect(bytes(copy) == [0, 1, 2, 3, 4, 5, 6], "\(name) with room for \(room)")
        var changed = copy
        append([7], to: &changed)
        change(&original)
        #expect(bytes(changed) == [0, 1, 2, 3, 4, 5, 6, 7], "\(name) twice, room \(room)")
      }
    }
  }

  @Test(
    "storage that grows by and by, is copied and gives back room keeps its bytes",
    arguments: [8, .max])
  func growsInPages(slack: Int) {
    var storage = ByteStorage()
    var expected: [UInt8] = []
    var copies: [(ByteStorage, [UInt8])] = []
    for round in 0..<60 {
      let more = (0..<5000 + 37 * round).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
      storage.reserve(storage.count + more.count, slack: slack)
      append(more, to: &storage)
      expected += more
      #expect(storage.capacity >= storage.count)
      if round % 7 == 3 { copies.append((storage, expected)) }
      if round % 11 == 5 { storage.trim() }
      if round % 13 == 9 {
        storage.resize(to: 3000)
        expected.removeLast(expected.count - 3000)
      }
    }
    #expect(bytes(storage) == expected)
    for (copy, values) in copies { #expect(bytes(copy) == values) }
    storage.resize(to: 0)
    storage.trim()
    #expect(bytes(storage).isEmpty)
  }

  @Test("more storages grow than a process may have mappings")
  func manyGrow() {
    var all = (0..<20_000).map { _ in ByteStorage() }
    let piece = [UInt8](repeating: 9, count: 5000)
    for index in all.indices { append(piece, to: &all[index]) }
    for index in all.indices { append(piece, to: &all[index]) }
    #expect(all.allSatisfy { $0.count == 10_000 })
    #expect(bytes(all[19_999]) == piece + piece)
  }

  @Test("two copies that append to the same memory keep their own bytes")
  func bothAppend() {
    var a = ByteStorage()
    a.reserve(100)
    append([1, 2], to: &a)
    var b = a
    append([3], to: &a)
    append([4], to: &b)
    #expect(bytes(a) == [1, 2, 3])
    #expect(bytes(b) == [1, 2, 4])
  }

  @Test("appending is amortised: it moves rarely, and not at all within the capacity")
  func capacity() {
    var storage = ByteStorage()
    var moves = 0
    for value in 0..<10_000 {
      let before = unsafe storage.baseAddress
      storage.append(Int64(value))
      if unsafe storage.baseAddress != before { moves += 1 }
      #expect(storage.capacity >= storage.count)
    }
    #expect(moves < 40)
    #expect((0..<10_000).allSatisfy { storage.int64(at: $0) == Int64($0) })
    var roomy = ByteStorage()
    roomy.reserve(80_000)
    append([1], to: &roomy)
    let base = unsafe roomy.baseAddress
    while roomy.count + 8 <= 80_000 { roomy.append(Int64(1)) }
    #expect(unsafe roomy.baseAddress == base)
    roomy.resize(to: 16)
    roomy.trim()
    #expect(roomy.capacity == 16 && roomy.count == 16)
  }

  @Test("new bytes are zero, also where larger content was before")
  func zeros() {
    #expect(bytes(ByteStorage(zeros: 5)) == [0, 0, 0, 0, 0])
    var storage = unsafe ByteStorage(copying: [UInt8](repeating: 9, count: 50).span.bytes)
    storage.resize(to: 3)
    storage.resize(to: 50)
    #expect(bytes(storage) == [9, 9, 9] + [UInt8](repeating: 0, count: 47))
  }

  @Test("empty storage shares no state")
  func empty() {
    var a = ByteStorage()
    append([1], to: &a)
    let b = ByteStorage()
    #expect(b.count == 0)
    a.resize(to: 0)
    #expect(bytes(a).isEmpty && b.capacity == 0)
    append([], to: &a)
    #expect(a.count == 0)
  }

  @Test("owned bytes begin at 64-byte boundaries")
  func alignment() {
    for size in [1, 63, 64, 100_000] {
      let storage = ByteStorage(zeros: size)
      #expect(unsafe UInt(bitPattern: storage.baseAddress) % 64 == 0)
    }
  }

  @Test("a view of foreign memory costs nothing and is copied by the first change")
  func views() {
    let owner = Owner((0..<100).map { UInt8($0) })
    let view = unsafe ByteStorage(unsafeViewing: owner.base, count: 100, owner: owner)
    #expect(view.capacity == 0 && view.count == 100)
    let slice = view.slice(3..<7)
    #expect(slice.capacity == 0)
    #expect(bytes(slice) == [3, 4, 5, 6])
    #expect(view.slice(3..<11).int64(at: 0) == 0x0a09_0807_0605_0403)
    var changed = slice
    append([200], to: &changed)
    #expect(bytes(changed) == [3, 4, 5, 6, 200])
    unsafe changed.mutableBase().storeBytes(of: 77, as: UInt8.self)
    #expect(bytes(view.slice(0..<8)) == [0, 1, 2, 3, 4, 5, 6, 7])
    var whole = view
    whole.move(from: 0, to: 50, length: 50)
    #expect(whole.capacity >= 100)
    #expect(bytes(view) == (0..<100).map { UInt8($0) })
    #expect(bytes(whole) == (0..<100).map { UInt8($0 % 50) })
  }

  @Test("a slice of owned bytes is a copy")
  func ownedSlice() {
    var storage = unsafe ByteStorage(copying: [UInt8]([1, 2, 3, 4]).span.bytes)
    let slice = storage.slice(1..<3)
    append([5], to: &storage)
    unsafe storage.mutableBase().storeBytes(of: 9, toByteOffset: 1, as: UInt8.self)
    #expect(bytes(slice) == [2, 3])
  }

  @Test("floats are read at any address and moves may overlap")
  func floats() {
    var storage = ByteStorage()
    let values: [Float] = [1, 2, 3, 4, 5]
    storage.append(values.span)
    #expect((0..<5).map { storage.float(at: $0) } == values)
    storage.move(from: 0, to: 4, length: 16)
    #expect((0..<5).map { storage.float(at: $0) } == [1, 1, 2, 3, 4])
    storage.move(from: 4, to: 0, length: 16)
    #expect((0..<5).map { storage.float(at: $0) } == [1, 2, 3, 4, 4])
  }
}

/// Memory that a view borrows.
@safe private final class Owner: @unchecked Sendable {
  // Safe to share: nobody writes after the initialiser.
  let base: UnsafeMutableRawPointer

  init(_ bytes: [UInt8]) {
    unsafe base = .allocate(byteCount: bytes.count + 1, alignment: 1)
    for (offset, byte) in bytes.enumerated() {
      unsafe base.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }

  deinit { unsafe base.deallocate() }
}
