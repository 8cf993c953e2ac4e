import CVicinalKernels
import VicinalCompute
import VicinalCore
import VicinalTestSupport

extension ScanInput {
  /// Runs the scan for the queries `members` with candidate lists of `capacity`, and gives a full
  /// list twice the room, as the specification asks.
  func run(
    _ members: [Int], _ states: inout [ScanState], allowed: [UInt32]? = nil,
    firstLabel: Int64 = 0, capacity: Int
  ) {
    var capacity = capacity
    var panel = 0
    while true {
      panel = runOnce(members, &states, allowed, firstLabel, capacity, panel)
      guard panel < panelCount else { break }
      capacity *= 2
    }
    for member in members {
      let raw = unsafe RawState(states[member], capacity: capacity)
      unsafe table.kernels.functions.tighten(raw.box)
      unsafe raw.read(into: &states[member])
      unsafe raw.free()
    }
  }

  private func runOnce(
    _ members: [Int], _ states: inout [ScanState], _ allowed: [UInt32]?, _ firstLabel: Int64,
    _ capacity: Int, _ firstPanel: Int
  ) -> Int {
    let raw = unsafe states.map { unsafe RawState($0, capacity: capacity) }
    defer {
      for index in states.indices {
        unsafe raw[index].read(into: &states[index])
        unsafe raw[index].free()
      }
    }
    var tile = unsafe vcl_tile()
    let packed = UnsafeMutableRawPointer.allocate(
      byteCount: members.count * (rows.dimension + 3) * 4, alignment: 64)
    defer { unsafe packed.deallocate() }
    let stride = (rows.dimension + 3) / 4 * 4
    let numbers = members.map(Int32.init)
    if isInt8 {
      unsafe vcl_pack_tile_int8(
        queryCodes, stride, facts, numbers, members.count, packed, &tile)
    } else {
      unsafe withOptionalPointer(metric == .l2 ? centre : nil) { centre in
        unsafe vcl_pack_tile_float(
          queries.values, rows.dimension, centre, facts, numbers, members.count, packed, &tile)
      }
    }
    var cStates = unsafe raw.map { unsafe $0.state }
    let stopped = unsafe scan(records, &tile, &cStates, allowed, firstLabel, firstPanel)
    for index in unsafe raw.indices { unsafe raw[index].box.pointee = unsafe cStates[index] }
    return stopped
  }

  private var codeBytes: Int { codes.count / max(1, panelCount) }

  /// Half norms, scales, bounds.
  private static let factBytes = 128 + 128 + 8

  /// Panel after panel, with all that belongs to each.
  private var records: [UInt8] {
    var records: [UInt8] = []
    let scales = isInt8 ? scales : [Float](repeating: .nan, count: halfNorms.count)
    for panel in 0..<panelCount {
      records += codes[panel * codeBytes..<(panel + 1) * codeBytes]
      let rows = panel * 32..<(panel + 1) * 32
      for part in [halfNorms[rows], scales[rows], bounds[panel * 2..<panel * 2 + 2]] {
        unsafe Array(part).withUnsafeBytes { unsafe records.append(contentsOf: $0) }
      }
    }
    return records
  }

  private func scan(
    _ records: [UInt8], _ tile: inout vcl_tile, _ states: inout [vcl_topk], _ allowed: [UInt32]?,
    _ firstLabel: Int64,
    _ firstPanel: Int
  ) -> Int {
    unsafe withOptionalPointer(allowed) { allowed in
      unsafe records.withUnsafeBytes { records in
        guard let base = records.baseAddress else { return 0 }
        let facts = unsafe (base + codeBytes).assumingMemoryBound(to: Float.self)
        var panels = unsafe vcl_panels(
          codes: base, half_norms: facts, scales: facts + 32, bounds: facts + 64,
          stride: codeBytes + Self.factBytes, allowed: allowed, panel_count: panelCount,
          dim: rows.dimension, first_label: firstLabel, centre_norm: centreNorm)
        let functions = table.kernels.functions
        return isInt8
          ? unsafe functions.scan_int8(&panels, &tile, &states, firstPanel)
          : unsafe functions.scan_float(&panels, &tile, &states, firstPanel)
      }
    }
  }
}

/// A state in memory that the kernels write.
@unsafe struct RawState {
  let box: UnsafeMutablePointer<vcl_topk>

  var state: vcl_topk { unsafe box.pointee }

  init(_ from: ScanState, capacity: Int) {
    let capacity = max(capacity, from.labels.count)
    unsafe box = .allocate(capacity: 1)
    let upper = UnsafeMutablePointer<Float>.allocate(capacity: max(1, from.k, capacity))
    let lower = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
    let labels = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
    for (index, value) in from.upper.enumerated() { unsafe upper[index] = value }
    for (index, value) in from.lower.enumerated() { unsafe lower[index] = value }
    for (index, value) in from.labels.enumerated() { unsafe labels[index] = value }
    unsafe box.initialize(
      to: vcl_topk(
        threshold: from.threshold, k: UInt32(from.k),
        count: UInt32(from.labels.count), capacity: UInt32(capacity), upper: upper, lower: lower,
        labels: labels))
  }

  func read(into result: inout ScanState) {
    let state = unsafe box.pointee
    unsafe result.threshold = state.threshold
    let uppers = result.k <= Int(VCL_LARGEST_HEAP) ? max(1, result.k) : unsafe Int(state.count)
    result.upper = (0..<uppers).map { unsafe state.upper[$0] }
    result.lower = unsafe (0..<Int(state.count)).map { unsafe state.lower[$0] }
    result.labels = unsafe (0..<Int(state.count)).map { unsafe state.labels[$0] }
  }

  func free() {
    unsafe box.pointee.upper.deallocate()
    unsafe box.pointee.lower.deallocate()
    unsafe box.pointee.labels.deallocate()
    unsafe box.deallocate()
  }
}

/// Calls `body` with the start of an array, or with `nil`.
func withOptionalPointer<Element, R>(
  _ array: [Element]?, _ body: (UnsafePointer<Element>?) -> R
) -> R {
  guard let array else { return body(nil) }
  return unsafe array.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
