import CVicinalKernels
import VicinalCore

/// The running results of a batch of queries, in the form that the scan kernels update.
///
/// `@unchecked Sendable` is not needed: a value is made, used and freed inside one worker.
@safe struct TopKStates: ~Copyable {
  let count: Int
  let k: Int
  let states: UnsafeMutablePointer<vcl_topk>
  private let slab: UnsafeMutableRawPointer

  /// States for `count` queries. With `k` 0 the thresholds are fixed (range search) and the
  /// candidate lists grow as needed.
  init(count: Int, k: Int, thresholds: [Float]? = nil) {
    self.count = count
    self.k = k
    let capacity = Self.capacity(k: k)
    unsafe states = .allocate(capacity: max(count, 1))
    // What belongs to a query lies together.
    let bytes = capacity * 12 + (Self.uppers(k: k) * 4 + 7) / 8 * 8
    unsafe slab = .allocate(byteCount: max(count * bytes, 64), alignment: 64)
    for query in 0..<count {
      let labels = unsafe slab + query * bytes
      let lower = unsafe labels + capacity * 8
      let upper = unsafe (lower + capacity * 4).bindMemory(
        to: Float.self, capacity: max(Self.uppers(k: k), 1))
      if k <= Int(VCL_LARGEST_HEAP) { unsafe upper.update(repeating: .infinity, count: k) }
      unsafe (states + query).initialize(
        to: vcl_topk(
          threshold: thresholds?[query] ?? .infinity, k: UInt32(k), count: 0,
          capacity: UInt32(capacity),
          upper: upper,
          lower: lower.bindMemory(to: Float.self, capacity: capacity),
          labels: labels.bindMemory(to: Int64.self, capacity: capacity)))
    }
    self.initialCapacity = capacity
  }

  private let initialCapacity: Int

  /// Candidates that a query has room for before it must settle some of them.
  private static func capacity(k: Int) -> Int {
    k == 0 ? 256 : max(96, k + min(3 * k, 4096) + 64)
  }

  /// Upper bounds that are kept: see `vcl_topk`.
  private static func uppers(k: Int) -> Int {
    k > Int(VCL_LARGEST_HEAP) ? capacity(k: k) : k
  }

  /// Bytes that one query's state takes, before range search grows it.
  static func bytesPerQuery(k: Int) -> Int { capacity(k: k) * 12 + uppers(k: k) * 4 + 64 }

  /// For `k` 1: nothing whose score is surely above `upper` will be among the best of a query.
  func bound(_ query: Int, by upper: Float) {
    unsafe states[query].upper[0] = upper
    unsafe states[query].threshold = upper
  }

  /// The candidates that may still be among the best of a query, with the lower bounds of their scores.
  func collectCandidates(_ query: Int, into ranking: inout Ranking, kernels: KernelSet) {
    unsafe kernels.functions.tighten(states + query)
    let state = unsafe states[query]
    ranking.begin(most: Int(unsafe state.count))
    for index in 0..<Int(unsafe state.count) where unsafe state.lower[index] <= state.threshold {
      unsafe ranking.append(state.labels[index], lower: state.lower[index])
    }
  }

  /// Whether a scan finds no room for another panel.
  func isFull(_ query: Int, kernels: KernelSet) -> Bool {
    if unsafe states[query].count + 32 > states[query].capacity {
      unsafe kernels.functions.tighten(states + query)
    }
    let state = unsafe states[query]
    return unsafe state.count + 32 > state.capacity
  }

  /// Keeps only some candidates, with lower bounds that never rule them out.
  ///
  /// - Parameter upper: Upper bounds of their scores.
  func replaceCandidates(_ query: Int, with labels: [Int64], upper: [Float]) {
    for (index, label) in labels.enumerated() {
      unsafe states[query].labels[index] = label
      unsafe states[query].lower[index] = -.infinity
      if k > Int(VCL_LARGEST_HEAP) { unsafe states[query].upper[index] = upper[index] }
    }
    unsafe states[query].count = UInt32(labels.count)
  }

  /// Doubles the room of a query. Only range search needs this.
  func grow(_ query: Int) {
    let state = unsafe states[query]
    let capacity = Int(unsafe state.capacity) * 2
    let lower = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
    let labels = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
    unsafe lower.update(from: state.lower, count: Int(state.count))
    unsafe labels.update(from: state.labels, count: Int(state.count))
    if capacity > initialCapacity * 2 {
      unsafe state.lower.deallocate()
      unsafe state.labels.deallocate()
    }
    unsafe states[query].lower = lower
    unsafe states[query].labels = labels
    unsafe states[query].capacity = UInt32(capacity)
  }

  deinit {
    for query in 0..<count where unsafe Int(states[query].capacity) > initialCapacity {
      unsafe states[query].lower.deallocate()
      unsafe states[query].labels.deallocate()
    }
    unsafe states.deallocate()
    unsafe slab.deallocate()
  }
}
