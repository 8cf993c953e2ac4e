import VicinalCore

/// Adds empty slots for links.
///
/// Lists are read at random, so they profit from huge pages more than most memory.
package func appendEmptyLinks(to links: inout [Int32], count: Int) {
  let needed = links.count + count
  if needed > links.capacity {
    // Growing by half keeps many small additions cheap.
    links.reserveCapacity(max(needed, links.count + links.count / 2))
    let capacity = links.capacity
    unsafe links.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe HugePages.prefer(UnsafeMutableRawPointer(base), capacity * 4)
    }
  }
  links.append(contentsOf: repeatElement(-1, count: count))
}
