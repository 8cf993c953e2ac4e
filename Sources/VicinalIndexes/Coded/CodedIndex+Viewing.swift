public import VicinalCoding
import VicinalCompute
public import VicinalCore

extension CodedIndex {
  /// An index whose codes stay where they are: half-precision floats of a mapped file are the codes of
  /// the scalar quantizer `SQfp16`.
  ///
  /// - Parameters:
  ///   - codes: One after the other; a view of a file, or memory.
  ///   - codec: Trained; keeps codes one after the other.
  ///   - metric: L2 or inner product.
  /// - Throws: ``IndexError/Code/invalidArgument`` if those are no whole codes,
  ///   ``IndexError/Code/notTrained``, ``IndexError/Code/unsupported``.
  public init(
    viewing codes: ByteStorage, codec: any VectorCodec, metric: Metric
  ) throws(IndexError) {
    guard codec.isTrained else {
      throw IndexError(.notTrained, "the codec of codes that are there must be trained")
    }
    guard codec.layout.blockCount == 1 else {
      throw IndexError(.unsupported, "codes of this kind do not lie one after the other")
    }
    guard codec.codeSize > 0, codes.count.isMultiple(of: codec.codeSize) else {
      throw IndexError(
        .invalidArgument, "\(codes.count) bytes are no whole codes of \(codec.codeSize) bytes")
    }
    self.init(
      codec: codec, metric: metric,
      block: CodeBlock(
        bytes: codes, count: codes.count / codec.codeSize, codeSize: codec.codeSize,
        layout: codec.layout))
  }
}
