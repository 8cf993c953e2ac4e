import Synchronization

/// Keeps the pages of a mapped file that are in memory within about a bound, by giving all of them
/// back whenever so many bytes were read since the last time.
package final class MappedPages: Sendable {
  private let file: MappedFile
  private let bound: Int
  private let read = Atomic<Int>(0)

  /// Bytes of pages that may be in memory, as far as readers know what they read.
  package static let usualBound = 16 << 20

  package init(_ file: MappedFile, bound: Int = usualBound) {
    (self.file, self.bound) = (file, max(1, bound))
    giveBack()
  }

  /// Reads of about `bytes` each that may follow each other before pages are given back.
  package func readsAtOnce(of bytes: Int) -> Int { max(1, bound / max(1, bytes)) }

  /// Notes that about so many bytes were read.
  package func note(_ bytes: Int) {
    let (_, sum) = read.wrappingAdd(min(bytes, bound), ordering: .relaxed)
    if sum >= bound { giveBack() }
  }

  private func giveBack() {
    read.store(0, ordering: .relaxed)
    file.discard(0..<file.count)
  }
}
