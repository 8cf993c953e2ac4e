import CVicinalKernels
import VicinalCore

/// The three ways to score the rows of a block.
extension BlockScan {
  /// Bytes of panels that stay in the nearest caches while all tiles pass over them.
  private static let cachedBytes = 96 * 1024

  /// int8 panels of the companion.
  mutating func scanInt8(_ block: BlockPlace, members: Span<Int32>, allowed: [UInt32]?) {
    guard let base = unsafe block.panels.baseAddress, !members.isEmpty else { return }
    let panelCount = (block.count + 31) / 32
    let perPass = max(1, Self.cachedBytes / Int8Panels.stride(dimension: dimension))
    let tiles = (members.count + Self.widestTile - 1) / Self.widestTile
    for first in stride(from: 0, to: panelCount, by: perPass) {
      var run = unsafe Int8Panels.run(
        from: base, first, count: min(perPass, panelCount - first), dimension: dimension)
      unsafe run.first_label = label(row: first * 32)
      unsafe run.centre_norm = centreNorm
      for number in 0..<tiles {
        var tile =
          unsafe tiles == 1
          ? packInt8(all: members) : packInt8(members.extracting(tileRange(number, tiles, members)))
        unsafe runPanels(&run, &tile, allowed: allowed, firstPanel: first, isInt8: true)
      }
    }
  }

  private static let widestTile = Int(VCL_TILE_QUERIES)

  /// The queries of one of so many tiles: as many in each, up to one.
  private func tileRange(_ number: Int, _ tiles: Int, _ members: Span<Int32>) -> Range<Int> {
    members.count * number / tiles..<members.count * (number + 1) / tiles
  }

  /// Float panels, packed here.
  mutating func scanFloat(_ block: BlockPlace, members: Span<Int32>, allowed: [UInt32]?) {
    guard !members.isEmpty, let rowBase = unsafe block.rows.baseAddress else { return }
    // Codes, half norms, unused scales, bounds, as in a companion.
    let codeBytes = dimension * 128
    let panelStride = codeBytes + 320
    let perPass = max(1, 2 * Self.cachedBytes / panelStride)
    let tiles = (members.count + Self.widestTile - 1) / Self.widestTile
    let panelCount = (block.count + 31) / 32
    scratch.resize(to: perPass * panelStride)
    let base = unsafe scratch.mutableBase()
    for first in stride(from: 0, to: panelCount, by: perPass) {
      let passed = min(perPass, panelCount - first)
      var isBounded = true
      for panel in 0..<passed {
        let row = (first + panel) * 32
        let codes = unsafe base + panel * panelStride
        let facts = unsafe (codes + codeBytes).assumingMemoryBound(to: Float.self)
        unsafe withOptionalPointer(centre) { centre in
          unsafe kernels.functions.pack_panel(
            rowBase + row * dimension * 4, centre, dimension, min(32, block.count - row),
            metric == .l2 ? 1 : 0, codes, facts, facts + 64)
        }
        if unsafe !(facts[65] <= Int8Panels.largestNorm) { isBounded = false }
      }
      // Where squares overflow, a panel could not tell its rows from padding.
      guard isBounded else {
        let rows = first * 32..<min(block.count, (first + passed) * 32)
        compare(block, rows: rows, members: members, allowed: allowed)
        continue
      }
      let facts = unsafe (base + codeBytes).assumingMemoryBound(to: Float.self)
      var run = unsafe vcl_panels()
      unsafe run.codes = UnsafeRawPointer(base)
      unsafe run.half_norms = UnsafePointer(facts)
      unsafe run.bounds = UnsafePointer(facts + 64)
      unsafe run.stride = panelStride
      unsafe run.panel_count = passed
      unsafe run.dim = dimension
      unsafe run.first_label = label(row: first * 32)
      unsafe run.centre_norm = centreNorm
      for number in 0..<tiles {
        var tile = unsafe packFloat(members.extracting(tileRange(number, tiles, members)))
        unsafe runPanels(&run, &tile, allowed: allowed, firstPanel: first, isInt8: false)
      }
    }
  }

  /// One query against one row at a time; every metric.
  ///
  /// - Parameter range: Rows to compare; begins at a multiple of 32.
  mutating func compare(
    _ block: BlockPlace, rows range: Range<Int>, members: Span<Int32>, allowed: [UInt32]?
  ) {
    guard let base = unsafe block.rows.baseAddress else { return }
    var values = [Float](repeating: 0, count: 32)
    var errs = values
    for index in members.indices {
      let query = Int(members[index])
      for panel in range.lowerBound / 32..<(range.upperBound + 31) / 32 {
        let mask = allowed?[panel] ?? ~0
        guard mask != 0 else { continue }
        let first = panel * 32
        let rows = min(32, range.upperBound - first)
        unsafe kernels.functions.rows(
          metric.faissCode, metric.argument, queries.baseAddress + query * dimension * 4,
          base + first * dimension * 4, dimension, rows, &values)
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
  private mutating func packInt8(all members: Span<Int32>) -> vcl_tile {
    if let packed = unsafe packed, unsafe isSame(packed.members, members) {
      return unsafe packed.tile
    }
    let result = unsafe packInt8(members)
    var numbers: [Int32] = []
    for index in members.indices { numbers.append(members[index]) }
    unsafe packed = unsafe (numbers, result)
    return unsafe result
  }

  private func isSame(_ packed: [Int32], _ members: Span<Int32>) -> Bool {
    packed.count == members.count && members.indices.allSatisfy { packed[$0] == members[$0] }
  }

  private mutating func packInt8(_ members: Span<Int32>) -> vcl_tile {
    var result = unsafe vcl_tile()
    unsafe packed = nil
    guard let codes else { return unsafe result }
    let packed = unsafe tile.mutableBase()
    unsafe members.withUnsafeBufferPointer { members in
      guard let first = members.baseAddress else { return }
      unsafe vcl_pack_tile_int8(
        codes.codes.baseAddress, codes.stride, facts, first, members.count, packed, &result)
    }
    return unsafe result
  }

  private mutating func packFloat(_ members: Span<Int32>) -> vcl_tile {
    var result = unsafe vcl_tile()
    unsafe packed = nil
    let packed = unsafe tile.mutableBase()
    unsafe members.withUnsafeBufferPointer { members in
      guard let first = members.baseAddress else { return }
      unsafe withOptionalPointer(queryCentre) { centre in
        unsafe vcl_pack_tile_float(
          queries.baseAddress, dimension, centre, facts, first, members.count, packed, &result)
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
