/// Growable raw bytes with value semantics: a copy shares the memory until one side changes it.
///
/// The bytes are 64-byte aligned when owned. They may instead view part of a mapped file, which
/// costs no memory; a first change copies them. Floats in a mapped file may be unaligned, so
/// readers go through ``bytes`` or kernels.
public struct ByteStorage: Sendable {
  private var region: ByteRegion

  /// Bytes held.
  public var count: Int { region.count }

  /// Bytes of memory owned; 0 for a view of a mapped file. Pages that were never written do not count.
  public var capacity: Int {
    guard region.owner == nil else { return 0 }
    return region.hasPages ? GrowingPages.rounded(region.count) : region.capacity
  }

  /// No bytes, no memory.
  public init() { region = ByteRegion.empty }

  /// A copy of `bytes`.
  public init(copying bytes: RawSpan) {
    region = ByteRegion(capacity: bytes.byteCount)
    region.append(bytes)
  }

  /// `count` zero bytes.
  public init(zeros count: Int) {
    region = ByteRegion(capacity: count)
    unsafe region.base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    region.count = count
  }

  /// A view of memory that `owner` keeps alive and nobody changes.
  package init(unsafeViewing base: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable) {
    region = unsafe ByteRegion(
      base: UnsafeMutableRawPointer(mutating: base), count: count, owner: owner)
  }

  /// Part of the bytes: a view if this storage views a file, a copy otherwise.
  package func slice(_ range: Range<Int>) -> ByteStorage {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let owner = region.owner else {
      return ByteStorage(copying: bytes.extracting(range))
    }
    return unsafe ByteStorage(
      unsafeViewing: baseAddress + range.lowerBound, count: range.count, owner: owner)
  }

  /// All bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(
        _unsafeStart: UnsafeRawPointer(region.base), byteCount: region.count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// All bytes as floats. Only for storage that was filled with floats and does not view a file.
  public var floats: Span<Float> {
    @_lifetime(borrow self)
    get {
      let pointer = unsafe UnsafeRawPointer(region.base).assumingMemoryBound(to: Float.self)
      let span = unsafe Span(_unsafeStart: pointer, count: region.count / 4)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Where the bytes begin; valid while this value is alive and unchanged.
  package var baseAddress: UnsafeRawPointer { unsafe UnsafeRawPointer(region.base) }

  /// Float number `index`, wherever it lies.
  public func float(at index: Int) -> Float {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: Float.self)
  }

  /// Where the bytes begin, for writing; owned by this value alone from now on.
  package mutating func mutableBase() -> UnsafeMutableRawPointer {
    makeUnique(capacity: region.count)
    return unsafe region.base
  }

  /// Gives the bytes for writing; they are owned by this value alone from now on.
  package mutating func withMutableBytes<R>(_ body: (inout MutableSpan<UInt8>) -> R) -> R {
    let count = region.count
    let base = unsafe mutableBase().assumingMemoryBound(to: UInt8.self)
    var span = unsafe MutableSpan(_unsafeStart: base, count: count)
    return body(&span)
  }

  /// Adds bytes at the end, in amortised O(1) per byte.
  public mutating func append(_ more: RawSpan) {
    reserveForAppending(more.byteCount)
    region.append(more)
  }

  /// Adds floats at the end.
  public mutating func append(_ floats: Span<Float>) { append(floats.rawBytes) }

  /// Makes the storage hold `count` bytes; new ones are zero.
  public mutating func resize(to count: Int) {
    if count > region.count {
      reserveForAppending(count - region.count)
      unsafe (region.base + region.count).initializeMemory(
        as: UInt8.self, repeating: 0, count: count - region.count)
    } else {
      makeUnique(capacity: region.count)
    }
    region.count = count
  }

  /// Makes room for `total` bytes, and when that means moving, for one part in `slack` more.
  public mutating func reserve(_ total: Int, slack: Int = .max) {
    let isEnough = total <= region.capacity
    makeUnique(capacity: isEnough ? total : total + total / slack, willGrow: slack < .max)
  }

  /// Gives back memory that holds nothing.
  public mutating func trim() {
    guard region.owner == nil, region.capacity > region.count else { return }
    if region.hasPages, region.count > 0, isKnownUniquelyReferenced(&region) {
      return region.shorten()
    }
    let copy = ByteRegion(capacity: region.count)
    copy.append(bytes)
    region = copy
  }

  /// Moves `length` bytes from one offset to another inside the storage.
  public mutating func move(from source: Int, to target: Int, length: Int) {
    guard length > 0, source != target else { return }
    precondition(max(source, target) + length <= count)
    makeUnique(capacity: region.count)
    let base = unsafe region.base
    unsafe (base + target).copyMemory(from: base + source, byteCount: length)
  }

  private mutating func reserveForAppending(_ more: Int) {
    let needed = region.count + more
    if needed > region.capacity || region.owner != nil || !isKnownUniquelyReferenced(&region) {
      makeUnique(capacity: max(needed, needed > region.capacity ? region.count * 3 / 2 : needed))
    }
  }

  private mutating func makeUnique(capacity: Int, willGrow: Bool = false) {
    if region.owner == nil, capacity <= region.capacity, isKnownUniquelyReferenced(&region) {
      return
    }
    let isGrowing =
      region.owner == nil && (willGrow || region.count > 0) && capacity > region.capacity
    let copy = ByteRegion(capacity: max(capacity, region.count), isGrowing: isGrowing)
    // Held until its bytes are copied, whatever other threads let go of meanwhile.
    let shared = region
    copy.append(bytes)
    region = copy
    withExtendedLifetime(shared) {}
  }
}

/// The memory behind ``ByteStorage``.
///
/// `@unchecked Sendable` is safe: only a storage that holds the sole reference writes.
@safe private final class ByteRegion: @unchecked Sendable {
  static let empty = ByteRegion(capacity: 0)

  let base: UnsafeMutableRawPointer
  private(set) var capacity: Int
  var count: Int
  let owner: (any AnyObject & Sendable)?
  /// Whether it has pages of its own instead of memory from the heap.
  let hasPages: Bool

  init(capacity: Int, isGrowing: Bool = false) {
    if isGrowing, let pages = unsafe GrowingPages.allocate(capacity) {
      unsafe base = pages.base
      unsafe self.capacity = pages.capacity
      hasPages = true
    } else {
      unsafe base = .allocate(byteCount: max(capacity, 64), alignment: 64)
      self.capacity = capacity
      hasPages = false
    }
    count = 0
    owner = nil
  }

  init(base: UnsafeMutableRawPointer, count: Int, owner: any AnyObject & Sendable) {
    unsafe self.base = unsafe base
    self.capacity = count
    self.count = count
    self.owner = owner
    hasPages = false
  }

  /// Gives back pages that hold nothing.
  func shorten() { capacity = unsafe GrowingPages.shorten(base, capacity, to: count) }

  func append(_ more: RawSpan) {
    unsafe more.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + count).copyMemory(from: start, byteCount: source.count)
    }
    count += more.byteCount
  }

  deinit {
    if hasPages {
      unsafe GrowingPages.free(base, capacity)
    } else if owner == nil {
      unsafe base.deallocate()
    }
  }
}
