/// The one error type of the library: a stable code, and a sentence that says what was
/// expected, what came, and what to do about it.
///
/// Match on ``code``; never on ``message``, whose wording may improve.
public struct IndexError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure this is. The raw values are also the status codes of the C interface
  /// and of the wire protocol, so they are never renumbered.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The stable number of this code.
    public let rawValue: Int32

    /// Makes a code from its stable number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// A parameter is outside its documented range. The caller is at fault.
    public static let invalidArgument = Code(rawValue: 1)
    /// Vectors do not have the dimension of the index or of their neighbours in a file.
    public static let dimensionMismatch = Code(rawValue: 2)
    /// The index must be trained before this call.
    public static let notTrained = Code(rawValue: 3)
    /// A vector holds NaN or an infinity.
    public static let notFinite = Code(rawValue: 4)
    /// This index cannot do what was asked.
    public static let unsupported = Code(rawValue: 5)
    /// No vector has the id that was asked for.
    public static let notFound = Code(rawValue: 6)
    /// The bytes of a file contradict its format.
    public static let corruptFile = Code(rawValue: 7)
    /// The operating system refused to open, read or write.
    public static let fileSystem = Code(rawValue: 8)
    /// The memory bound that was given is too small for the work.
    public static let memoryBound = Code(rawValue: 9)
    /// The work was cancelled before it was done; nothing was written.
    public static let cancelled = Code(rawValue: 10)
    /// There are too few vectors to train on.
    public static let insufficientData = Code(rawValue: 11)
    /// A factory string or parameter string cannot be understood.
    public static let invalidSpecification = Code(rawValue: 12)
    /// An id is given twice where ids must be unique.
    public static let duplicateID = Code(rawValue: 13)
  }

  /// What kind of failure this is.
  public var code: Code

  /// What was expected, what came, and what to do.
  public var message: String

  /// Makes an error from its code and a full sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message alone: it is written to be read by people.
  public var description: String { message }
}
