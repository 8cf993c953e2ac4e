/// A list of texts as Python writes it, `['a', "b, c"]`, or as shells leave it, `[a,b]`.
struct PythonList {
  /// The texts, without quotes.
  private(set) var items: [String] = []

  /// Reads a list; `nil` if the text is none.
  init?(_ text: String) {
    guard text.hasPrefix("["), text.hasSuffix("]"), text.count >= 2 else { return nil }
    var rest = text.dropFirst().dropLast()
    rest.trim()
    while !rest.isEmpty {
      guard let item = Self.item(&rest) else { return nil }
      items.append(item)
      rest.trim()
      guard rest.isEmpty || rest.popFirst() == "," else { return nil }
      rest.trim()
    }
  }

  /// Takes one text off the front.
  private static func item(_ rest: inout Substring) -> String? {
    guard let quote = rest.first, quote == "'" || quote == "\"" else {
      let end = rest.firstIndex(of: ",") ?? rest.endIndex
      let word = rest[..<end]
      rest = rest[end...]
      let length = word.reversed().drop { $0 == " " }.count
      return String(word.prefix(length))
    }
    rest.removeFirst()
    var item = ""
    while let character = rest.popFirst() {
      switch character {
      case quote: return item
      case "\\":
        guard let next = rest.popFirst() else { return nil }
        // Only what paths need: an escaped quote or backslash; other pairs stay as they are.
        item += next == "\\" || next == "'" || next == "\"" ? "\(next)" : "\\\(next)"
      default: item.append(character)
      }
    }
    return nil
  }
}

extension Substring {
  /// Drops blanks at the front.
  fileprivate mutating func trim() { self = drop { $0 == " " } }
}
