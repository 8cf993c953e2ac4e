import CVicinalKernels
package import VicinalCore

/// Adds one part of every row to the sums of the cluster that the row belongs to.
///
/// - Parameters:
///   - rows: Vectors.
///   - part: Which coordinates of them.
///   - numbers: The cluster of row i is `numbers[i · numberStep + numberStart]`, 0 ..< `sizes.count`.
///   - sums: `sizes.count × part.count` numbers.
///   - sizes: Rows per cluster.
package func addClusterSums(
  _ rows: borrowing VectorBatch, part: Range<Int>, numbers: Span<Int32>, numberStart: Int,
  numberStep: Int, sums: inout [Double], sizes: inout [Int64]
) {
  precondition(part.lowerBound >= 0 && part.upperBound <= rows.dimension)
  precondition(sums.count == sizes.count * part.count && numberStart < numberStep)
  precondition(numbers.count >= rows.count * numberStep)
  let (count, dimension) = (rows.count, rows.dimension)
  for row in 0..<count {
    let number = numbers[row * numberStep + numberStart]
    precondition(number >= 0 && Int(number) < sizes.count)
  }
  guard count > 0, !part.isEmpty else { return }
  unsafe rows.values.withUnsafeBufferPointer { values in
    unsafe numbers.withUnsafeBufferPointer { numbers in
      guard let values = values.baseAddress, let numbers = numbers.baseAddress else { return }
      unsafe vcl_cluster_sums(
        values + part.lowerBound, dimension, part.count, numbers + numberStart, numberStep, count,
        &sums, &sizes)
    }
  }
}

/// Puts rows of several tables beside each other: the vectors that product codes stand for.
///
/// - Parameters:
///   - tables: `parts × size × width` floats, one table after the other.
///   - numbers: `parts` numbers per vector, each 0 ..< `size`.
/// - Returns: `parts × width` floats per vector.
package func gatheredParts(
  of tables: Span<Float>, parts: Int, width: Int, numbers: Span<Int32>
) -> [Float] {
  precondition(parts > 0 && width > 0 && tables.count.isMultiple(of: parts * width))
  precondition(numbers.count.isMultiple(of: parts))
  let (size, count) = (tables.count / (parts * width), numbers.count / parts)
  for place in numbers.indices {
    precondition(numbers[place] >= 0 && Int(numbers[place]) < size)
  }
  return unsafe [Float](unsafeUninitializedCapacity: count * parts * width) { output, filled in
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe numbers.withUnsafeBufferPointer { numbers in
        guard let tables = tables.baseAddress, let numbers = numbers.baseAddress,
          let output = output.baseAddress
        else { return }
        for part in 0..<parts {
          unsafe vcl_gather(
            tables + part * size * width, width, numbers + part, parts, count, parts * width,
            output + part * width)
        }
        filled = count * parts * width
      }
    }
  }
}
