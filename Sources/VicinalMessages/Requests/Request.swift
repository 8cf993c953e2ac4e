/// Vectors with their ids, row by row.
package struct VectorItems: Sendable, Equatable {
  package var ids: [Int64] = []
  package var vectors: [Float] = []
  /// Floats in each row; 0 while there are none.
  package var dimension = 0

  package init() {}

  package init(ids: [Int64], vectors: [Float], dimension: Int) {
    self.ids = ids
    self.vectors = vectors
    self.dimension = dimension
  }
}

/// A change of the vectors, applied as a whole or not at all: first what is deleted, then what is
/// updated, then what is added, so that one request may replace an id.
package struct ChangeRequest: Sendable, Equatable {
  /// Everything there was is forgotten first; what is added are then the only vectors.
  package var isCreation = false
  package var added = VectorItems()
  package var updated = VectorItems()
  package var deleted: [Int64] = []

  package init() {}

  /// Of its vectors and ids.
  package var bytes: Int {
    4 * (added.vectors.count + updated.vectors.count)
      + 8 * (added.ids.count + updated.ids.count + deleted.count)
  }
}

/// A search for several vectors.
package struct SearchRequest: Sendable, Equatable {
  package var queries: [Float]
  package var dimension: Int
  /// Neighbours per query; the service's own number if the client says none.
  package var k: Int?
  /// Only these ids are found, if there are any.
  package var allowedIDs: [Int64]?
  /// Only ids from the first to the last are found.
  package var allowedRange: ClosedRange<Int64>?
  /// Search parameters by faiss's names, for this search only.
  package var parameters: [String: Double] = [:]

  package init(queries: [Float], dimension: Int, k: Int? = nil) {
    self.queries = queries
    self.dimension = dimension
    self.k = k
  }
}

/// What a client asks for.
package enum ServiceRequest: Sendable, Equatable {
  case change(ChangeRequest)
  case search(SearchRequest)
  case status
  case get([Int64])
  /// A snapshot of the index.
  case snapshot
  /// Another index, chosen in the background.
  case optimize(OptimizeRequest)
}

/// What a better index should be; `nil` for what the service was told.
package struct OptimizeRequest: Sendable, Equatable {
  /// `auto`, `flat` or a factory string.
  package var index: String?
  /// Share of the true neighbours to find, above 0, at most 1.
  package var targetRecall: Double?

  package init(index: String? = nil, targetRecall: Double? = nil) {
    self.index = index
    self.targetRecall = targetRecall
  }
}

/// Limits of what is in a request.
package struct RequestLimits: Sendable, Equatable {
  /// Vectors in one request, of all its parts.
  package var vectors = 1_000_000
  /// Numbers in a vector.
  package var dimension = 65_536
  /// Neighbours per query.
  package var k = 10_000
  /// Neighbours of all queries of a request.
  package var neighbors = 10_000_000
  /// Bytes of `request_id`.
  package var requestIDBytes = 128

  package init() {}
}
