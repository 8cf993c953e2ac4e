import CVicinalKernels
package import VicinalCore

/// The centroids of all sub-spaces of a product quantizer, dimension by dimension, as the kernels
/// take them; also any set of rows in few dimensions whose nearest is asked for often.
package struct SubspaceCentroids: Sendable {
  /// Sub-spaces. faiss: `M`.
  package let subspaces: Int

  /// Floats of a vector in each sub-space. faiss: `dsub`.
  package let subdimension: Int

  /// Centroids of each sub-space. faiss: `ksub`.
  package let count: Int

  /// Floats from one table to the next: `count` rounded up to whole vectors of any processor.
  package let stride: Int

  /// [sub-space][dimension][centroid], padded with infinities, which are near to nothing.
  let values: [Float]

  /// - Parameters:
  ///   - centroids: `subspaces × count × subdimension` floats, in this order.
  ///   - subspaces: At least 1.
  ///   - subdimension: At least 1.
  package init(_ centroids: Span<Float>, subspaces: Int, subdimension: Int) {
    self.subspaces = subspaces
    self.subdimension = subdimension
    count = centroids.count / (subspaces * subdimension)
    stride = Self.stride(count: count)
    var values = [Float](repeating: .infinity, count: subspaces * subdimension * stride)
    var place = 0
    for subspace in 0..<subspaces {
      for centroid in 0..<count {
        var target = subspace * subdimension * stride + centroid
        for _ in 0..<subdimension {
          values[target] = centroids[place]
          place += 1
          target += stride
        }
      }
    }
    self.values = values
  }

  /// Floats from one table to the next for `count` centroids.
  package static func stride(count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Memory held.
  package var byteCount: Int { values.count * 4 }

  /// Floats of one query's tables.
  package var tableCount: Int { subspaces * stride }

  /// Compares each part of a query with the centroids of its sub-space.
  ///
  /// - Parameters:
  ///   - query: `subspaces × subdimension` floats.
  ///   - isL2: Squared distances, or else inner products.
  ///   - tables: Receives ``tableCount`` values, table by table.
  package func fillTables(
    for query: Span<Float>, isL2: Bool, kernels: KernelSet, into tables: inout MutableSpan<Float>
  ) {
    precondition(query.count == subspaces * subdimension && tables.count >= tableCount)
    unsafe query.withUnsafeBufferPointer { query in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe tables.withUnsafeMutableBufferPointer { tables in
          unsafe kernels.functions.pq.tables(
            query.baseAddress, values.baseAddress, subspaces, subdimension, stride, isL2 ? 1 : 0,
            tables.baseAddress)
        }
      }
    }
  }

  /// The nearest centroid of each part of each vector, by squared distance; the first of equals.
  ///
  /// - Parameters:
  ///   - vectors: Rows of `subspaces × subdimension` floats.
  ///   - numbers: Receives `subspaces` numbers per vector.
  package func findNearest(
    _ vectors: borrowing VectorBatch, kernels: KernelSet, into numbers: inout MutableSpan<Int32>
  ) {
    precondition(vectors.dimension == subspaces * subdimension)
    findNearest(of: vectors.values, kernels: kernels, into: &numbers)
  }

  /// The same for vectors that stand one after the other.
  package func findNearest(
    of vectors: Span<Float>, kernels: KernelSet, into numbers: inout MutableSpan<Int32>
  ) {
    let dimension = subspaces * subdimension
    let total = vectors.count / dimension
    precondition(vectors.count.isMultiple(of: dimension) && numbers.count >= total * subspaces)
    unsafe vectors.withUnsafeBufferPointer { vectors in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          guard let source = vectors.baseAddress, let table = values.baseAddress,
            let target = numbers.baseAddress
          else { return }
          for subspace in 0..<subspaces {
            unsafe kernels.functions.pq.nearest(
              source + subspace * subdimension, dimension, total,
              table + subspace * subdimension * stride, subdimension, stride, target + subspace,
              subspaces, nil)
          }
        }
      }
    }
  }

  /// The same for one sub-space, with the distances.
  ///
  /// - Parameters:
  ///   - vectors: Rows of `subdimension` floats.
  ///   - numbers: Receives one number per vector.
  ///   - distances: Receives one squared distance per vector.
  package func findNearest(
    _ vectors: borrowing VectorBatch, kernels: KernelSet, into numbers: inout MutableSpan<Int32>,
    distances: inout MutableSpan<Float>
  ) {
    precondition(subspaces == 1 && vectors.dimension == subdimension)
    precondition(numbers.count >= vectors.count && distances.count >= vectors.count)
    let total = vectors.count
    unsafe vectors.values.withUnsafeBufferPointer { vectors in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          unsafe distances.withUnsafeMutableBufferPointer { distances in
            unsafe kernels.functions.pq.nearest(
              vectors.baseAddress, subdimension, total, values.baseAddress, subdimension, stride,
              numbers.baseAddress, 1, distances.baseAddress)
          }
        }
      }
    }
  }
}
