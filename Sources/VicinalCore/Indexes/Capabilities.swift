/// An index that can return everything within a radius. faiss: `range_search`.
public protocol RangeSearchable: VectorIndex {
  /// Finds all vectors whose distance is below `radius` (for similarities: above it).
  ///
  /// - Parameters:
  ///   - queries: Vectors of the index's dimension.
  ///   - radius: In the metric's own scale, so squared for L2. The radius itself is excluded.
  ///   - options: Knobs, filter, threads.
  func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors
}

/// An index that takes the caller's own ids. faiss: `add_with_ids`.
public protocol IdentifiedAddition: VectorIndex {
  /// Adds vectors under given ids, one per row.
  ///
  /// - Throws: As ``VectorIndex/add(_:execution:)``, and ``IndexError/Code/invalidArgument`` if
  ///   the numbers of ids and rows differ. The index is then as before.
  mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError)
}

/// An index that can forget vectors. faiss: `remove_ids`.
public protocol RemovableIndex: VectorIndex {
  /// Removes every vector whose id the filter contains.
  ///
  /// In indexes without ids of their own (flat), the vectors after a removed one move up.
  ///
  /// - Returns: How many were removed.
  @discardableResult
  mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int
}

/// An index that can take over the vectors of another of its kind. faiss: `merge_from`.
public protocol MergeableIndex: VectorIndex {
  /// Moves all vectors of `other` behind those of this index and leaves `other` empty.
  ///
  /// - Parameters:
  ///   - other: An index of the same kind, dimension, metric and training.
  ///   - offset: Added to the ids of `other`, where the index stores ids.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the two do not fit; both are then as before.
  mutating func merge(from other: inout Self, idOffset offset: Int64) throws(IndexError)
}

/// Which vectors a subset copy takes. faiss: `InvertedLists::subset_type_t`.
public enum SubsetSelection: Sendable, Equatable {
  /// Ids in a range (faiss type 0).
  case ids(Range<Int64>)
  /// Ids i with i mod `modulus` == `remainder` (faiss type 1).
  case modulus(Int64, remainder: Int64)
  /// Positions `lowerBound ..< upperBound` of the list-by-list enumeration (faiss type 2).
  case elements(Range<Int>)
  /// A share of each list: slice `part` of `parts` (faiss type 3).
  case slice(part: Int, of: Int)
}

/// An index that can copy part of its vectors into another. faiss: `copy_subset_to`.
public protocol SubsetCopying: VectorIndex {
  /// Adds the selected vectors, with their ids, to `target`.
  func copySubset(_ selection: SubsetSelection, to target: inout Self) throws(IndexError)
}

/// An index that walks a graph. faiss: `IndexHNSW`.
public protocol GraphSearching: VectorIndex {
  /// Candidates kept while walking, unless the search options say otherwise, at least 1; smaller
  /// values are taken as 1.
  var efSearch: Int { get set }
}
