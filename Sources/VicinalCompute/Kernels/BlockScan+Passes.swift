import CVicinalKernels
import VicinalCore

/// The three ways to score the rows of a block.
extension BlockScan {
  /// Bytes of panels that stay in the nearest caches while all tiles pass over them.
  private static let cachedBytes = 96 * 1024

  /// int8 panels of the companion.
  mutating func scanInt8(_ block: RowBlock, members: [Int32], allowed: [UInt32]?) {
    guard let panels = block.panels, !members.isEmpty else { return }
    let perPass = max(1, Self.cachedBytes / panels.panelBytes)
    let isOneTile = members.count <= 12
    let tiles = isOneTile ? [] : evenRanges(members.count, parts: (members.count + 11) / 12)
    for first in stride(from: 0, to: panels.panelCount, by: perPass) {
      let passed = min(perPass, panels.panelCount - first)
      var run = unsafe vcl_panels()
      unsafe run.codes = panels.codes.baseAddress + first * panels.panelBytes
      unsafe run.half_norms = (panels.halfNorms.baseAddress + first * 128)
        .assumingMemoryBound(to: Float.self)
      unsafe run.scales = (panels.scales.baseAddress + first * 128)
        .assumingMemoryBound(to: Float.self)
      unsafe run.bounds = (panels.bounds.baseAddress + first * 8)
        .assumingMemoryBound(to: Float.self)
      unsafe run.panel_count = passed
      unsafe run.dim = dimension
      unsafe run.first_label = label(row: first * 32)
      unsafe run.centre_norm = centreNorm
      if isOneTile {
        var tile = unsafe packInt8(all: members)
        unsafe runPanels(&run, &tile, allowed: allowed, firstPanel: first, isInt8: true)
      }
      for range in tiles {
        var tile = unsafe packInt8(members, range)
        unsafe runPanels(&run, &tile, allowed: allowed, firstPanel: first, isInt8: true)
      }
    }
  }

  /// Float panels, packed here.
  mutating func scanFloat(_ block: RowBlock, members: [Int32], allowed: [UInt32]?) {
    guard !members.isEmpty else { return }
    let panelBytes = dimension * 128
    let perPass = max(1, 2 * Self.cachedBytes / panelBytes)
    let tiles = evenRanges(members.count, parts: (members.count + 11) / 12)
    let panelCount = (block.count + 31) / 32
    scratch.resize(to: perPass * (panelBytes + 128 + 8))
    let base = unsafe scratch.mutableBase()
    let halves = unsafe (base + perPass * panelBytes).assumingMemoryBound(to: Float.self)
    let bounds = unsafe halves + perPass * 32
    for first in stride(from: 0, to: panelCount, by: perPass) {
      let passed = min(perPass, panelCount - first)
      for panel in 0..<passed {
        let row = (first + panel) * 32
        unsafe withOptionalPointer(centre) { centre in
          unsafe kernels.functions.pack_panel(
            block.rows.baseAddress + row * dimension * 4, centre, dimension,
            min(32, block.count - row), metric == .l2 ? 1 : 0, base + panel * panelBytes,
            halves + panel * 32, bounds + panel * 2)
        }
      }
      // Where squares overflow, a panel could not tell its rows from padding.
      guard (0..<passed).allSatisfy({ unsafe bounds[$0 * 2 + 1] <= Int8Panels.largestNorm }) else {
        let rows = first * 32..<min(block.count, (first + passed) * 32)
        compare(block, rows: rows, members: members, allowed: allowed)
        continue
      }
      var run = unsafe vcl_panels()
      unsafe run.codes = UnsafeRawPointer(base)
      unsafe run.half_norms = UnsafePointer(halves)
      unsafe run.bounds = UnsafePointer(bounds)
      unsafe run.panel_count = passed
      unsafe run.dim = dimension
      unsafe run.first_label = label(row: first * 32)
      unsafe run.centre_norm = centreNorm
      for range in tiles {
        var tile = unsafe packFloat(members, range)
        unsafe runPanels(&run, &tile, allowed: allowed, firstPanel: first, isInt8: false)
      }
    }
  }

  /// One query against one row at a time; every metric.
  ///
  /// - Parameter range: Rows to compare; begins at a multiple of 32.
  mutating func compare(
    _ block: RowBlock, rows range: Range<Int>, members: [Int32], allowed: [UInt32]?
  ) {
    var values = [Float](repeating: 0, count: 32)
    var errs = values
    for member in members {
      let query = Int(member)
      for panel in range.lowerBound / 32..<(range.upperBound + 31) / 32 {
        let mask = allowed?[panel] ?? ~0
        guard mask != 0 else { continue }
        let first = panel * 32
        let rows = min(32, range.upperBound - first)
        unsafe kernels.functions.rows(
          metric.faissCode, metric.argument, queries.baseAddress + query * dimension * 4,
          block.rows.baseAddress + first * dimension * 4, dimension, rows, &values)
        for row in 0..<rows {
          guard mask >> UInt32(row) & 1 == 1 else {
            values[row] = .nan
            continue
          }
          (values[row], errs[row]) = score(value: values[row], query: query)
        }
        makeRoom(query)
        unsafe kernels.functions.offer(
          states.states + query, values, errs, rows, label(row: first))
      }
    }
  }

  /// The score that belongs to a value of the metric, and how far rounding may have moved it.
  func score(value: Float, query: Int) -> (Float, Float) {
    // An infinite value has no error that could be added to it.
    if plain[query] || !value.isFinite { return (metric.isSimilarity ? -value : value, 0) }
    let relative = (Float(dimension) * 0.25 + 32) * 6e-8
    if metric == .l2 {
      return (0.5 * (value - shifts[query]), relative * (value + shifts[query]) + 1e-37)
    }
    return (shifts[query] - value, relative * (abs(value) + abs(shifts[query])) + 1e-37)
  }

  private func label(row: Int) -> Int64 { Int64(scanned.count - 1) << 32 | Int64(row) }

  private mutating func runPanels(
    _ run: inout vcl_panels, _ tile: inout vcl_tile, allowed: [UInt32]?, firstPanel: Int,
    isInt8: Bool
  ) {
    let scan = unsafe isInt8 ? kernels.functions.scan_int8 : kernels.functions.scan_float
    guard let scan = unsafe scan else { return }
    var panel = 0
    while true {
      panel = unsafe withOptionalPointer(allowed) { masks in
        unsafe run.allowed = masks.map { unsafe $0 + firstPanel }
        return unsafe scan(&run, &tile, states.states, panel)
      }
      guard unsafe panel < run.panel_count else { return }
      for query in unsafe members(of: tile) { makeRoom(query) }
    }
  }

  private func members(of tile: vcl_tile) -> [Int] {
    unsafe withUnsafeBytes(of: tile.state) { states in
      (0..<Int(unsafe tile.count)).map {
        Int(unsafe states.load(fromByteOffset: $0 * 4, as: UInt32.self))
      }
    }
  }

  /// Packs a few queries, unless they are in the tile already.
  private mutating func packInt8(all members: [Int32]) -> vcl_tile {
    if let packed = unsafe packed, unsafe packed.members == members { return unsafe packed.tile }
    let result = unsafe packInt8(members, 0..<members.count)
    unsafe packed = unsafe (members, result)
    return unsafe result
  }

  private mutating func packInt8(_ members: [Int32], _ range: Range<Int>) -> vcl_tile {
    var result = unsafe vcl_tile()
    unsafe packed = nil
    guard let codes else { return unsafe result }
    let packed = unsafe tile.mutableBase()
    unsafe members.withUnsafeBufferPointer { members in
      guard let first = members.baseAddress else { return }
      unsafe vcl_pack_tile_int8(
        codes.codes.baseAddress, codes.stride, facts, first + range.lowerBound, range.count,
        packed, &result)
    }
    return unsafe result
  }

  private mutating func packFloat(_ members: [Int32], _ range: Range<Int>) -> vcl_tile {
    var result = unsafe vcl_tile()
    unsafe packed = nil
    let packed = unsafe tile.mutableBase()
    unsafe members.withUnsafeBufferPointer { members in
      guard let first = members.baseAddress else { return }
      unsafe withOptionalPointer(queryCentre) { centre in
        unsafe vcl_pack_tile_float(
          queries.baseAddress, dimension, centre, facts, first + range.lowerBound, range.count,
          packed, &result)
      }
    }
    return unsafe result
  }
}

/// Calls `body` with the start of an array, or with `nil`.
func withOptionalPointer<Element, R>(
  _ array: [Element]?, _ body: (UnsafePointer<Element>?) -> R
) -> R {
  guard let array else { return body(nil) }
  return unsafe array.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
