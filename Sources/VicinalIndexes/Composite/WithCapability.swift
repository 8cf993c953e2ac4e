package import VicinalCore

/// Changes an index through a capability that it may have.
///
/// A plain `if var changed = index as? any RemovableIndex` keeps a second reference alive, so the
/// first change would copy the whole index. Moving the value out before the cast keeps its
/// storage uniquely owned.
///
/// - Returns: Whether the index has the capability; `body` ran only then.
package func withCapability<Capability>(
  _ index: inout any VectorIndex, as _: Capability.Type,
  _ body: (inout Capability) throws(IndexError) -> Void
) throws(IndexError) -> Bool {
  guard index is Capability else { return false }
  let dimension = index.dimension
  var slot: (any VectorIndex)? = index
  index = FlatIndex(dimension: dimension)
  guard var capable = slot.take() as? Capability else { return false }
  defer { if let restored = capable as? any VectorIndex { index = restored } }
  try body(&capable)
  return true
}
