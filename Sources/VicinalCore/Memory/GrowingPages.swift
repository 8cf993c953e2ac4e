import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Pages of their own for storage that grows, with room behind what it holds: room that was never written
/// takes no memory, and what is left behind when storage moves goes back to the system at once. On the heap
/// the lists of an inverted file leave holes behind that the next, longer lists do not fit into, as many
/// bytes as the lists have.
///
/// Only where that pays: for long storage, and for a bounded number of them, since a process has a bounded
/// number of mappings.
enum GrowingPages {
  /// Storage below this stays on the heap.
  static let least = 8 << 10

  /// Linux gives a process 65,530 mappings (`vm.max_map_count`); the rest is for everybody else.
  private static let most = 16_384

  private static let held = Atomic<Int>(0)

  #if canImport(Glibc)
    private static let page = max(4096, sysconf(Int32(_SC_PAGESIZE)))
  #else
    private static let page = 4096
  #endif

  /// So many bytes as whole pages.
  static func rounded(_ bytes: Int) -> Int { (bytes + page - 1) / page * page }

  /// Pages with twice the room for so many bytes; `nil` where there are none to be had, or not worth it.
  static func allocate(_ bytes: Int) -> (base: UnsafeMutableRawPointer, capacity: Int)? {
    #if canImport(Glibc)
      guard bytes >= least, bytes <= Int.max / 4 else { return nil }
      guard held.add(1, ordering: .relaxed).newValue <= most else {
        held.subtract(1, ordering: .relaxed)
        return nil
      }
      let capacity = rounded(2 * bytes)
      let base = unsafe mmap(
        nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if let base = unsafe base, unsafe base != MAP_FAILED { return unsafe (base, capacity) }
      held.subtract(1, ordering: .relaxed)
    #endif
    return nil
  }

  /// Gives all pages back.
  static func free(_ base: UnsafeMutableRawPointer, _ capacity: Int) {
    #if canImport(Glibc)
      unsafe munmap(base, capacity)
      held.subtract(1, ordering: .relaxed)
    #endif
  }

  /// Gives back the pages behind the first so many bytes, of which there is at least one.
  ///
  /// - Returns: The room that is left.
  static func shorten(_ base: UnsafeMutableRawPointer, _ capacity: Int, to bytes: Int) -> Int {
    let kept = rounded(bytes)
    #if canImport(Glibc)
      guard kept < capacity, unsafe munmap(base + kept, capacity - kept) == 0 else {
        return capacity
      }
      return kept
    #else
      return capacity
    #endif
  }
}
