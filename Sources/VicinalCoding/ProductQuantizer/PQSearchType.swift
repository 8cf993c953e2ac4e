/// How queries are compared with codes of a product quantizer. faiss: `IndexPQ::Search_type_t`,
/// whose numbers are the raw values.
public enum PQSearchType: Int32, Sendable, CaseIterable, Codable {
  /// The query as it is with decoded codes (asymmetric). faiss: `ST_PQ`.
  case asymmetric = 0
  /// The number of bits in which the query's code differs; L2 only. faiss: `ST_HE`.
  case hamming = 1
  /// The number of bytes in which the query's code differs; L2 only. faiss: `ST_generalized_HE`.
  case generalizedHamming = 2
  /// The decoded code of the query with decoded codes. faiss: `ST_SDC`.
  case symmetric = 3
  /// Asymmetric, for codes that differ in fewer bits than the threshold says; all others get the
  /// worst value. 8 bits per part. faiss: `ST_polysemous`.
  case polysemous = 4
  /// As polysemous, with differing bytes in place of bits. faiss: `ST_polysemous_generalize`.
  case generalizedPolysemous = 5
}
