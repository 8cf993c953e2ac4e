import Vicinal

/// Does one thing or another with the index of a handle, which may be of either kind.
func anyIndex<Result>(
  _ handle: UInt64, float: (FloatIndexBox) throws(IndexError) -> Result,
  binary: (BinaryIndexBox) throws(IndexError) -> Result
) throws(IndexError) -> Result {
  let object = try HandleRegistry.object(handle)
  if let index = object as? FloatIndexBox { return try float(index) }
  if let index = object as? BinaryIndexBox { return try binary(index) }
  throw IndexError(.invalidArgument, "handle \(handle) is of another kind, not an index")
}

/// Changes a binary index through a capability that it may have, without a second reference to its
/// storage, which would be copied (see the same for indexes over floats).
///
/// - Returns: Whether the index has the capability; `body` ran only then.
func withCapability<Capability>(
  _ index: inout any BinaryIndex, as _: Capability.Type,
  _ body: (inout Capability) throws(IndexError) -> Void
) throws(IndexError) -> Bool {
  guard index is Capability else { return false }
  let empty = try BinaryFlatIndex(dimension: index.dimension)
  var slot: (any BinaryIndex)? = index
  index = empty
  guard var capable = slot.take() as? Capability else { return false }
  defer { if let restored = capable as? any BinaryIndex { index = restored } }
  try body(&capable)
  return true
}
