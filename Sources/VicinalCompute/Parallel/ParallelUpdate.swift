package import VicinalCore

/// Changes the elements of an array in place on up to `workers` threads, each element by one.
///
/// Elements stay uniquely referenced, so that their storage is not copied. The first error in
/// index order is thrown after all running bodies have ended; bodies must leave their element
/// valid when they throw.
package func parallelUpdate<Element>(
  _ array: inout [Element], workers: Int,
  _ body: (Int, inout Element) throws(IndexError) -> Void
) throws(IndexError) {
  var failure: IndexError?
  unsafe array.withUnsafeMutableBufferPointer { buffer in
    nonisolated(unsafe) let elements = unsafe buffer
    // A few elements per turn: lists are short, and turns cost a little.
    let parts = unsafe evenRanges(elements.count, parts: workers * 8)
    do throws(IndexError) {
      _ = try parallelMap(parts.count, workers: workers) { part throws(IndexError) in
        for index in parts[part] { try unsafe body(index, &elements[index]) }
      }
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
}
