public import VicinalCompute
public import VicinalCore

/// Turns vectors into short codes and back, with loss. Codecs are values; training fills their
/// tables, and everything else only reads them.
///
/// A codec is combined with a container at run time: ``VicinalCore/VectorIndex`` types for flat
/// storage, inverted lists and graphs hold codes of any codec. It also works on its own.
///
/// faiss: `Quantizer`, and the `sa_encode` / `sa_decode` side of `Index`.
public protocol VectorCodec: Sendable {
  /// Floats per vector. faiss: `d`.
  var dimension: Int { get }

  /// Bytes per code. faiss: `code_size`.
  var codeSize: Int { get }

  /// How a container keeps codes; plain rows unless the codec says otherwise.
  var layout: CodeLayout { get }

  /// Whether vectors can be encoded. faiss: `is_trained`.
  var isTrained: Bool { get }

  /// Bytes of memory of the tables.
  var byteCount: Int { get }

  /// Learns the tables from a sample.
  ///
  /// - Parameters:
  ///   - sample: Finite vectors of the codec's dimension; for inverted lists with residuals,
  ///     differences from centroids.
  ///   - execution: Threads, progress, cancellation. The result does not depend on the threads.
  /// - Throws: ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``; the codec is then as
  ///   before.
  mutating func train(on sample: borrowing VectorBatch, execution: Execution) throws(IndexError)

  /// Codes of vectors, `codeSize` bytes each, one after the other.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8]

  /// Codes of vectors relative to one origin each (the centroid of their cell).
  ///
  /// By default these are the codes of the differences.
  func encode(
    _ vectors: borrowing VectorBatch, around origins: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8]

  /// Vectors that codes stand for, row-major.
  ///
  /// - Parameter codes: Plain codes, `codeSize` bytes each.
  /// - Returns: `dimension` floats per code.
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch`` if the bytes
  ///   are not a whole number of codes. Codes with impossible contents decode to something.
  func decode(_ codes: RawSpan) throws(IndexError) -> [Float]

  /// Vectors that codes relative to one origin each stand for.
  ///
  /// By default the decoded differences plus the origins.
  func decode(
    _ codes: RawSpan, around origins: borrowing VectorBatch
  ) throws(IndexError) -> [Float]

  /// What compares queries with codes. One is made per worker and used there only.
  ///
  /// - Parameters:
  ///   - metric: L2 or inner product, and others if the codec can.
  ///   - options: What the search asks of the codec; an option it does not have is refused.
  ///   - kernels: Instruction set.
  /// - Throws: ``IndexError/Code/unsupported`` for a metric or option, ``IndexError/Code/notTrained``.
  func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner
}

/// What a search asks of a codec.
public struct ScanOptions: Sendable, Equatable {
  /// Codes whose Hamming distance to the query's code is not below this are skipped: their value
  /// becomes the worst there is. Only polysemous product quantizers. faiss: `polysemous_ht`.
  public var hammingThreshold: Int?

  /// Bits that queries are rounded to before they are compared, where a codec offers that; 0 for
  /// none. faiss: `qb` of RaBitQ.
  public var queryBits: Int?

  /// How codes of a product quantizer are compared; `nil` takes the asymmetric way, or the
  /// polysemous one if there is a ``hammingThreshold``. faiss: `search_type`.
  public var searchType: PQSearchType?

  /// Whether values may be somewhat off where that is faster, since the vectors found are compared with
  /// the query once more.
  package var allowsRoughValues = false

  /// Whether nothing is asked that a codec without search options could not give.
  package var asksNothing: Bool { hammingThreshold == nil && queryBits == nil && searchType == nil }

  /// Nothing asked.
  public init(
    hammingThreshold: Int? = nil, queryBits: Int? = nil, searchType: PQSearchType? = nil
  ) {
    self.hammingThreshold = hammingThreshold
    self.queryBits = queryBits
    self.searchType = searchType
  }
}

extension VectorCodec {
  /// Plain rows.
  public var layout: CodeLayout { .rows }

  /// Codes of the differences between vectors and origins.
  public func encode(
    _ vectors: borrowing VectorBatch, around origins: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    let differences = differences(vectors, origins)
    return try encode(
      VectorBatch(differences.span, dimension: dimension), execution: execution)
  }
}

extension VectorCodec {
  /// The decoded differences plus the origins.
  public func decode(
    _ codes: RawSpan, around origins: borrowing VectorBatch
  ) throws(IndexError) -> [Float] {
    var values = try decode(codes)
    guard values.count == origins.values.count else {
      throw IndexError(
        .dimensionMismatch,
        "\(values.count / dimension) codes need as many origins, got"
          + " \(origins.count)")
    }
    for index in values.indices { values[index] += origins.values[index] }
    return values
  }
}

/// Whether two codecs give the same codes the same meaning, as far as looking at some tells.
package func sameCodec(_ a: (any VectorCodec)?, _ b: (any VectorCodec)?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  guard type(of: a) == type(of: b), a.dimension == b.dimension, a.codeSize == b.codeSize,
    a.layout == b.layout, a.isTrained == b.isTrained
  else { return false }
  for byte: UInt8 in [0, 0x55, 0xaa, 0xff] {
    let code = [UInt8](repeating: byte, count: a.codeSize)
    // By bits, so that NaN equals NaN.
    let (mine, theirs) = (try? a.decode(code.span.rawBytes), try? b.decode(code.span.rawBytes))
    guard mine?.map(\.bitPattern) == theirs?.map(\.bitPattern) else { return false }
  }
  return true
}

/// Row-wise differences.
package func differences(
  _ vectors: borrowing VectorBatch, _ origins: borrowing VectorBatch
) -> [Float] {
  var result = [Float](repeating: 0, count: vectors.values.count)
  for index in result.indices { result[index] = vectors.values[index] - origins.values[index] }
  return result
}
