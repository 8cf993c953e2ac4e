public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// Exhaustive search over codes: every query is compared with what every code stands for.
///
/// A vector takes ``VectorCodec/codeSize`` bytes and the answer is as good as the codec. Codes
/// lie in chunks, so that a change after a copy duplicates little.
///
/// ```swift
/// var index = try CodedIndex(codec: ScalarQuantizer(dimension: 128, kind: .bits8))
/// try index.train(on: sample)
/// try index.add(vectors)
/// let found = try index.search(queries, k: 10)
/// ```
///
/// The corresponding faiss types are `IndexFlatCodes` and its subclasses `IndexPQ`,
/// `IndexScalarQuantizer`, `IndexLSH`, `IndexPQFastScan`, `IndexRaBitQ`.
public struct CodedIndex: VectorIndex {
  /// Turns vectors into codes.
  public internal(set) var codec: any VectorCodec

  /// How queries are compared with codes.
  public let metric: Metric

  /// What searches ask of the codec unless their options say otherwise.
  public var scanOptions = ScanOptions()

  /// The codes; number i is id i. All chunks but the last are full.
  package internal(set) var chunks: [CodeBlock] = []

  /// Codes in a full chunk; whole blocks of the layout.
  package private(set) var chunkCodes: Int

  /// About 4 MiB of codes.
  private static let chunkBytes = 4 << 20

  /// An empty index.
  ///
  /// - Parameters:
  ///   - codec: Trained already or not.
  ///   - metric: One that the codec can compare by.
  public init(codec: any VectorCodec, metric: Metric = .l2) {
    self.codec = codec
    self.metric = metric
    chunkCodes = Self.chunkCodes(of: codec)
  }

  /// Takes over codes that a file holds, chunk by chunk; the caller has checked that they are
  /// `count` codes.
  ///
  /// - Parameter bytes: Gives the bytes within a range, of which 0 is the first code's first.
  package init(
    codec: any VectorCodec, metric: Metric, count: Int,
    bytes storage: (Range<Int>) throws(IndexError) -> ByteStorage
  ) throws(IndexError) {
    self.init(codec: codec, metric: metric)
    for first in stride(from: 0, to: count, by: chunkCodes) {
      let taken = min(chunkCodes, count - first)
      let start = codec.layout.byteCount(codes: first, codeSize: codec.codeSize)
      let bytes = codec.layout.byteCount(codes: taken, codeSize: codec.codeSize)
      chunks.append(
        CodeBlock(
          bytes: try storage(start..<start + bytes), count: taken, codeSize: codec.codeSize,
          layout: codec.layout))
    }
  }

  /// Takes over codes as one chunk, without a copy.
  package init(codec: any VectorCodec, metric: Metric, block: CodeBlock) {
    self.init(codec: codec, metric: metric)
    guard block.count > 0 else { return }
    chunkCodes = max(chunkCodes, block.count + codec.layout.blockCount - 1)
    chunkCodes -= chunkCodes % codec.layout.blockCount
    chunks = [block]
  }

  /// All codes in one piece; a copy if there is more than one chunk.
  package func wholeBlock() -> CodeBlock {
    if chunks.count == 1 { return chunks[0] }
    var whole = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
    whole.reserve(count)
    for chunk in chunks { whole.append(chunk.plainCodes().span.rawBytes, count: chunk.count) }
    return whole
  }

  private static func chunkCodes(of codec: any VectorCodec) -> Int {
    let block = codec.layout.blockCount
    let wanted = max(4096, chunkBytes / max(1, codec.codeSize))
    return (wanted + block - 1) / block * block
  }

  /// Floats per vector.
  public var dimension: Int { codec.dimension }

  /// Vectors held.
  public var count: Int {
    chunks.last.map { (chunks.count - 1) * chunkCodes + $0.count } ?? 0
  }

  /// Whether the codec is trained.
  public var isTrained: Bool { codec.isTrained }

  /// Bytes of memory held: codes and the tables of the codec.
  public var byteCount: Int { chunks.reduce(codec.byteCount) { $0 + $1.byteCount } }

  /// Trains the codec.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try sample.requireFinite(of: "training vectors")
    guard !codec.isTrained else { return }
    try execution.checkCancellation()
    try codec.train(on: sample, execution: execution)
    // The size of a code may only be certain now.
    chunkCodes = Self.chunkCodes(of: codec)
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard isTrained else {
      throw IndexError(
        .notTrained, "the codec of the index is not trained; train it on a sample first")
    }
    try vectors.requireFinite(of: "vectors to add")
    _ = try KernelSet(execution.kernels)
    try execution.checkCancellation()
    append(codes: try codec.encode(vectors, execution: execution), count: vectors.count)
  }

  /// Adds plain codes, made by the codec of this index. faiss: `add_sa_codes`.
  mutating func append(codes: [UInt8], count added: Int) {
    var first = 0
    while first < added {
      if chunks.last.map({ $0.count == chunkCodes }) ?? true {
        chunks.append(CodeBlock(codeSize: codec.codeSize, layout: codec.layout))
      }
      let last = chunks.count - 1
      let taken = min(chunkCodes - chunks[last].count, added - first)
      let bytes = first * codec.codeSize..<(first + taken) * codec.codeSize
      chunks[last].append(codes.span.rawBytes.extracting(bytes), count: taken)
      first += taken
    }
  }
}
