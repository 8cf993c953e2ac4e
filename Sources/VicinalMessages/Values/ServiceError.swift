/// Why a request got no result; what every error reply carries.
package struct ServiceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The closed list of codes that clients may meet. The raw values go over the wire and are
  /// never changed.
  package enum Code: String, Sendable, CaseIterable {
    /// The bytes are no message in any encoding that the service knows.
    case malformedMessage = "malformed_message"
    /// A pickle names a function or an opcode outside the closed list, or an array has a type that
    /// is no number.
    case unsupportedType = "unsupported_type"
    /// A limit of the service: bytes, depth, values, vectors, dimension or k.
    case limitExceeded = "limit_exceeded"
    /// `requests` is missing, or names what the service does not do.
    case unknownRequest = "unknown_request"
    /// A field is missing, or not what it must be.
    case invalidRequest = "invalid_request"
    /// Vectors of another dimension than the index, or than each other.
    case dimensionMismatch = "dimension_mismatch"
    /// A vector holds NaN or an infinity.
    case notFinite = "not_finite"
    /// An id comes twice, or is there already.
    case duplicateID = "duplicate_id"
    /// No vector has this id.
    case unknownID = "unknown_id"
    /// Nothing was created yet.
    case noIndex = "no_index"
    /// An id beyond 2^53 is among the results, which a float64 array cannot hold.
    case idNotExact = "id_not_exact"
    /// More requests are waiting than the service allows; try again.
    case busy
    /// The change could not be stored; nothing of it was applied.
    case storageFailed = "storage_failed"
    /// The service is ending.
    case shuttingDown = "shutting_down"
    /// A failure inside the service.
    case `internal`
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(code.rawValue): \(message)" }
}
