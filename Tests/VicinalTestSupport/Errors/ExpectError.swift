package import Testing
package import VicinalCore

/// Requires an ``IndexError`` with a code and with certain words in its message.
package func expectError(
  _ code: IndexError.Code, naming words: [String] = [], _ context: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record(
      "no error, expected code \(code.rawValue); \(context)", sourceLocation: sourceLocation)
  } catch let error as IndexError {
    #expect(error.code == code, "\(error.message); \(context)", sourceLocation: sourceLocation)
    for word in words {
      #expect(
        error.message.contains(word), "the message lacks '\(word)'; \(context)",
        sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("not an IndexError: \(error); \(context)", sourceLocation: sourceLocation)
  }
}
