import Foundation
import VicinalMessages

/// Requests as Python clients encode them (`Tests/Resources/messages/make.py`).
struct ClientMessage: Decodable, CustomStringConvertible {
  let asks: String
  let name: String
  let base64: Data

  static let all: [ClientMessage] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Resources/messages/messages.json")
    return (try? JSONDecoder().decode([ClientMessage].self, from: Data(contentsOf: file))) ?? []
  }()

  var description: String { "\(asks): \(name)" }

  var frames: [[UInt8]] { [Array(base64)] }

  /// What the message asks for.
  var expected: ServiceRequest? {
    let rows: [[Float]] = [[1, 2, 3], [4, 5, 7]]
    switch asks {
    case "search": return .search(SearchRequest(queries: Array(rows.joined()), dimension: 3, k: 3))
    case "wide":
      let zeros = [Float](repeating: 0, count: 197)
      return .search(
        SearchRequest(queries: Array(rows.map { $0 + zeros }.joined()), dimension: 200, k: 3))
    case "change":
      var change = ChangeRequest()
      change.added = VectorItems(ids: [10], vectors: rows[0], dimension: 3)
      change.updated = VectorItems(ids: [11], vectors: rows[1], dimension: 3)
      change.deleted = [1, 1 << 40]
      return .change(change)
    default: return nil
    }
  }
}
