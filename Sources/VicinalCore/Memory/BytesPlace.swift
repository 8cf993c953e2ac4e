/// Where the bytes of a storage lie, without a share in them: copies cost no reference counts, which
/// matters where a search goes through thousands of short lists.
package struct BytesPlace: Sendable {
  private let address: UInt
  private let count: Int

  /// The place of all bytes of a storage.
  package init(_ storage: borrowing ByteStorage) {
    unsafe address = UInt(bitPattern: storage.baseAddress)
    count = storage.count
  }

  /// No bytes.
  package init() { (address, count) = (0, 0) }

  /// Where the bytes begin; `nil` where there are none.
  package var baseAddress: UnsafeRawPointer? {
    count > 0 ? unsafe UnsafeRawPointer(bitPattern: address) : nil
  }

  /// How many bytes.
  package var byteCount: Int { count }

  /// The bytes.
  ///
  /// - Parameter owner: What holds the storage, unchanged since this place was taken.
  @_lifetime(borrow owner)
  package func bytes<Owner: ~Copyable & ~Escapable>(keptBy owner: borrowing Owner) -> RawSpan {
    guard let start = unsafe UnsafeRawPointer(bitPattern: address) else { return RawSpan() }
    return unsafe _overrideLifetime(
      RawSpan(_unsafeStart: start, byteCount: count), borrowing: owner)
  }

  /// The bytes as floats.
  ///
  /// - Parameter owner: What holds the storage, unchanged since this place was taken; it was filled
  ///   with floats and does not view a file.
  @_lifetime(borrow owner)
  package func floats<Owner: ~Copyable & ~Escapable>(
    keptBy owner: borrowing Owner
  ) -> Span<Float> {
    guard let start = unsafe UnsafePointer<Float>(bitPattern: address) else { return Span() }
    return unsafe _overrideLifetime(Span(_unsafeStart: start, count: count / 4), borrowing: owner)
  }
}
