/// A codec whose codes may be one byte per dimension, each standing for `offset + scale * code`:
/// 8-bit scalar quantizers. Graphs have a kernel for such codes.
package protocol ByteValueCodec: VectorCodec {
  /// What bytes stand for, per dimension; `nil` if codes are not of that kind.
  var byteValues: (offsets: [Float], scales: [Float])? { get }
}
