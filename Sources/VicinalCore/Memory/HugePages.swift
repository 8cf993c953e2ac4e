#if canImport(Glibc)
  import Glibc
#endif

/// Memory in pages of 2 MiB, which the processor finds with far fewer look-ups than pages of 4 KiB:
/// for long arrays that are read at random. Storage that grows does not profit from them enough for the
/// memory that they leave unused (docs/performance.md).
package enum HugePages {
  /// Bytes of such a page.
  private static let size = 2 << 20

  /// Asks the system for huge pages where whole ones fit. To be called before the memory is used for
  /// the first time. Only advice: without huge pages everything works the same, but slower.
  package static func prefer(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
    #if os(Linux)
      guard bytes >= size else { return }
      let address = UInt(bitPattern: base)
      let first = (address + UInt(size) - 1) / UInt(size) * UInt(size)
      let end = (address + UInt(bytes)) / UInt(size) * UInt(size)
      guard end > first else { return }
      let start = unsafe base + Int(first - address)
      _ = unsafe madvise(start, Int(end - first), MADV_HUGEPAGE)
    #endif
  }
}
