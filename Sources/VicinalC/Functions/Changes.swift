public import CVicinal
import Foundation
import Vicinal

// The functions of vicinal_change.h that change an index.

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_remove(
  _ index: vicinal_handle, _ filter: vicinal_handle, _ removed: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let count = try remove(idFilter(filter), from: index)
    if let removed = unsafe removed { unsafe removed.pointee = Int64(count) }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_remove_ids(
  _ index: vicinal_handle, _ n: Int64, _ ids: UnsafePointer<Int64>?,
  _ removed: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let ids = unsafe try array(ids, n, 1, "ids")
    let count = try remove(unsafe .ids(ids), from: index)
    if let removed = unsafe removed { unsafe removed.pointee = Int64(count) }
  }
}

private func remove(_ filter: IDFilter, from handle: UInt64) throws(IndexError) -> Int {
  var removed = 0
  let isAble = try anyIndex(
    handle,
    float: { box throws(IndexError) in
      try box.write { index throws(IndexError) in
        try withCapability(&index, as: (any RemovableIndex).self) { index throws(IndexError) in
          removed = try index.remove(filter)
        }
      }
    },
    binary: { box throws(IndexError) in
      try box.write { index throws(IndexError) in
        try withCapability(&index, as: (any BinaryRemovable).self) { index throws(IndexError) in
          removed = try index.remove(filter)
        }
      }
    })
  guard isAble else { throw IndexError(.unsupported, "this kind of index cannot forget vectors") }
  return removed
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_reset(_ index: vicinal_handle) -> vicinal_status {
  call { () throws(IndexError) in
    try anyIndex(
      index,
      float: { box throws(IndexError) in
        try box.write { index throws(IndexError) in try index.reset() }
      },
      binary: { box throws(IndexError) in
        try box.write { index throws(IndexError) in try index.reset() }
      })
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_merge(
  _ index: vicinal_handle, _ other: vicinal_handle, _ idOffset: Int64
) -> vicinal_status {
  call { () throws(IndexError) in
    guard index != other else {
      throw IndexError(.invalidArgument, "an index cannot be merged into itself")
    }
    try anyIndex(
      index,
      float: { target throws(IndexError) in
        let source = try floatIndex(other)
        try bothWritten(target, source, isSwapped: other < index) {
          into, from throws(IndexError) in
          try merge(&into, &from, idOffset)
        }
      },
      binary: { target throws(IndexError) in
        let source = try HandleRegistry.object(
          other, as: BinaryIndexBox.self, "an index of binary vectors")
        try bothWritten(target, source, isSwapped: other < index) {
          into, from throws(IndexError) in
          try merge(&into, &from, idOffset)
        }
      })
  }
}

/// Locks two values in the order of their handles, so that two merges cannot wait for each other.
private func bothWritten<Value>(
  _ a: Locked<Value>, _ b: Locked<Value>, isSwapped: Bool,
  _ body: (inout Value, inout Value) throws(IndexError) -> Void
) throws(IndexError) {
  if isSwapped {
    try b.write { second throws(IndexError) in
      try a.write { first throws(IndexError) in try body(&first, &second) }
    }
  } else {
    try a.write { first throws(IndexError) in
      try b.write { second throws(IndexError) in try body(&first, &second) }
    }
  }
}

/// Runs a merge, which says whether the index takes part in any and whether the other is of its kind.
private func requireMerged(
  _ kind: any Any.Type, _ body: (inout Bool) throws(IndexError) -> Bool
) throws(IndexError) {
  var isSameKind = false
  guard try body(&isSameKind) else {
    throw IndexError(.unsupported, "\(kind) cannot be merged")
  }
  guard isSameKind else {
    throw IndexError(.invalidArgument, "only indexes of the same kind can be merged")
  }
}

private func merge(
  _ target: inout any VectorIndex, _ source: inout any VectorIndex, _ idOffset: Int64
) throws(IndexError) {
  func move<Index: MergeableIndex>(
    _ source: inout any VectorIndex, into index: inout Index
  ) throws(IndexError) -> Bool {
    try withCapability(&source, as: Index.self) { source throws(IndexError) in
      try index.merge(from: &source, idOffset: idOffset)
    }
  }
  try requireMerged(type(of: target)) { isSameKind throws(IndexError) in
    try withCapability(&target, as: (any MergeableIndex).self) { index throws(IndexError) in
      isSameKind = try move(&source, into: &index)
    }
  }
}

private func merge(
  _ target: inout any BinaryIndex, _ source: inout any BinaryIndex, _ idOffset: Int64
) throws(IndexError) {
  func move<Index: BinaryMergeable>(
    _ source: inout any BinaryIndex, into index: inout Index
  ) throws(IndexError) -> Bool {
    try withCapability(&source, as: Index.self) { source throws(IndexError) in
      try index.merge(from: &source, idOffset: idOffset)
    }
  }
  try requireMerged(type(of: target)) { isSameKind throws(IndexError) in
    try withCapability(&target, as: (any BinaryMergeable).self) { index throws(IndexError) in
      isSameKind = try move(&source, into: &index)
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_make_direct_map(
  _ index: vicinal_handle
) -> vicinal_status {
  call { () throws(IndexError) in
    try floatIndex(index).write { index throws(IndexError) in
      _ = try IndexMaintenance.addDirectMap(to: &index)
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_copy_subset(
  _ index: vicinal_handle, _ subset: Int32, _ a1: Int64, _ a2: Int64, _ target: vicinal_handle
) -> vicinal_status {
  call { () throws(IndexError) in
    guard index != target else {
      throw IndexError(.invalidArgument, "an index cannot be copied into itself")
    }
    let selection = try selection(subset, a1, a2)
    // A snapshot, so that no two locks are held.
    let source = try floatIndex(index).read { copy $0 }
    guard let able = source as? any SubsetCopying else {
      throw IndexError(.unsupported, "\(type(of: source)) cannot copy some of its vectors")
    }
    try floatIndex(target).write { target throws(IndexError) in
      try copySubset(of: able, selection, to: &target)
    }
  }
}

private func selection(
  _ subset: Int32, _ a1: Int64, _ a2: Int64
) throws(IndexError) -> SubsetSelection {
  switch Int(subset) {
  case Int(VICINAL_SUBSET_IDS) where a1 <= a2: return .ids(a1..<a2)
  case Int(VICINAL_SUBSET_MODULUS) where a1 >= 1 && a2 >= 0 && a2 < a1:
    return .modulus(a1, remainder: a2)
  case Int(VICINAL_SUBSET_ELEMENTS) where a1 >= 0 && a1 <= a2:
    return .elements(try count(a1, "a1")..<(try count(a2, "a2")))
  case Int(VICINAL_SUBSET_SLICE) where a1 >= 1 && a2 >= 0 && a2 < a1:
    return .slice(part: try count(a2, "a2"), of: try count(a1, "a1"))
  default:
    throw IndexError(.invalidArgument, "there is no subset \(subset) with \(a1) and \(a2)")
  }
}

private func copySubset<Index: SubsetCopying>(
  of source: Index, _ selection: SubsetSelection, to target: inout any VectorIndex
) throws(IndexError) {
  let isSame = try withCapability(&target, as: Index.self) { target throws(IndexError) in
    try source.copySubset(selection, to: &target)
  }
  guard isSame else {
    throw IndexError(.invalidArgument, "vectors can be copied to an index of the same kind only")
  }
}
