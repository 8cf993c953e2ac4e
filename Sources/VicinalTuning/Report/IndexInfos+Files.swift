import Foundation
public import VicinalCore
import VicinalFiles

extension IndexInfos {
  /// Writes `index_infos.json`, keys in alphabetical order; it appears when it is complete.
  ///
  /// - Parameter path: A path or URI.
  /// - Throws: ``IndexError/Code/fileSystem``.
  public func write(to path: String) throws(IndexError) {
    try writeText(reportJSON(self), to: path)
  }

  /// What an earlier build wrote on this machine, if it can be read.
  package static func written(at path: String) -> IndexInfos? {
    guard let path = try? FileLocation(path).localPath,
      let data = try? Data(contentsOf: URL(fileURLWithPath: path))
    else { return nil }
    return try? JSONDecoder().decode(IndexInfos.self, from: data)
  }
}

/// JSON as reports hold it: keys in alphabetical order.
///
/// - Throws: ``IndexError/Code/invalidArgument``.
package func reportJSON(_ value: some Encodable) throws(IndexError) -> String {
  let encoder = JSONEncoder()
  // JSON has no infinities; finite vectors can still be infinitely far apart as floats.
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    throw IndexError(.invalidArgument, "a report cannot be written as JSON: \(error)")
  }
}
