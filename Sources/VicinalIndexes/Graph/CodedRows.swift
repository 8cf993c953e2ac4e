package import VicinalCoding
import VicinalCompute
import VicinalCore

/// The vectors of a graph as codes of any codec; number i is id i.
///
/// All codes lie in one piece, so that a walk compares those of a node's neighbours by one call.
package struct CodedRows: Sendable {
  /// Turns vectors into codes.
  package internal(set) var codec: any VectorCodec

  /// The codes, plain.
  package internal(set) var codes: CodeBlock

  /// What searches ask of the codec unless their options say otherwise.
  package var scanOptions = ScanOptions()

  /// No codes.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for codecs whose codes are not plain rows.
  init(codec: any VectorCodec) throws(IndexError) {
    try self.init(codec: codec, codes: CodeBlock(codeSize: codec.codeSize))
  }

  /// Takes over codes.
  init(codec: any VectorCodec, codes: CodeBlock) throws(IndexError) {
    guard codec.layout == .rows, codes.layout == .rows else {
      throw IndexError(
        .unsupported, "a graph needs codes one after the other, not interleaved for fast scans")
    }
    self.codec = codec
    self.codes = codes
  }

  var count: Int { codes.count }

  var byteCount: Int { codes.byteCount + codec.byteCount }

  mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    guard !codec.isTrained else { return }
    try execution.checkCancellation()
    try codec.train(on: sample, execution: execution)
    // The size of a code may only be certain now.
    codes = CodeBlock(codeSize: codec.codeSize)
  }

  mutating func append(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    guard codec.isTrained else {
      throw IndexError(
        .notTrained, "the codec of the index is not trained; train it on a sample first")
    }
    let encoded = try codec.encode(vectors, execution: execution)
    codes.append(encoded.span.rawBytes, count: vectors.count)
  }

  /// What the code of a row stands for.
  func row(_ index: Int) throws(IndexError) -> [Float] {
    var code: [UInt8] = []
    codes.appendCode(index, to: &code)
    return try codec.decode(code.span.rawBytes)
  }

  /// The rows as kernels take them.
  func kernelRows(
    metric: Metric, options: ScanOptions?, kernels: KernelSet
  ) -> GraphCodedRows {
    let options = options ?? scanOptions
    let values = options.asksNothing ? (codec as? any ByteValueCodec)?.byteValues : nil
    return GraphCodedRows(
      count: count, dimension: codec.dimension, metric: metric, codes: codes.bytes,
      codeSize: codec.codeSize,
      bytes: values.map { GraphCodedRows.ByteValues(offsets: $0.offsets, scales: $0.scales) }
    ) { [codec, codes] () throws(IndexError) in
      CodedRowReader(
        codec, codes, try codec.makeScanner(metric: metric, options: options, kernels: kernels))
    }
  }
}

/// Compares and decodes the codes of a graph.
private final class CodedRowReader: GraphRowReader {
  private let codec: any VectorCodec
  private let codes: CodeBlock
  private let scanner: any CodeScanner

  init(_ codec: any VectorCodec, _ codes: CodeBlock, _ scanner: any CodeScanner) {
    self.codec = codec
    self.codes = codes
    self.scanner = scanner
  }

  func begin(query: Span<Float>) { scanner.begin(query: query) }

  func score(_ rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    let bytes = codes.bytes
    scanner.scan(bytes.bytes, rows: rows, into: &values)
  }

  func decode(_ rows: Span<Int32>) -> [Float] {
    var chosen: [UInt8] = []
    chosen.reserveCapacity(rows.count * codec.codeSize)
    for place in rows.indices { codes.appendCode(Int(rows[place]), to: &chosen) }
    // A trained codec decodes every code.
    return (try? codec.decode(chosen.span.rawBytes)) ?? []
  }
}
