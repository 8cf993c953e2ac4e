import Vicinal

/// Lets AutoFaiss's command lines work as they are: underscores for dashes, `--flag=True` and
/// `--flag True`, `None`, Python lists.
enum AutoFaissSpelling {
  private static let subcommands = [
    "build_index", "score_index", "tune_index", "build_partitioned_indexes", "plan",
  ]

  private static let switches: Set<String> = [
    "--save-on-disk", "--use-gpu", "--make-direct-map", "--should-be-memory-mappable", "--json",
    "--memory-map", "--float-only", "--append", "--resume", "--no-report",
  ]

  /// Options that take several values; a list may stand for them, and `None` is a file there.
  private static let lists: Set<String> = [
    "--embeddings", "--queries", "--id-columns", "--partitions",
  ]

  /// Commands that take several indexes.
  private static let ofSeveralIndexes: Set<String> = ["search", "score-index"]

  /// Options that are the same.
  private static let others = ["--param": "--index-param", "-k": "--k"]

  /// Arguments in the command's own spelling.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for a switch that is neither true nor false, and for
  ///   an option that is given twice: which value is meant is a guess.
  static func translated(_ arguments: [String]) throws(IndexError) -> [String] {
    var output: [String] = []
    var rest = arguments[...]
    var seen: Set<String> = []
    let command = rest.first.map(dashed)
    if let first = rest.first, subcommands.contains(first) {
      output.append(dashed(first))
      rest.removeFirst()
    }
    while let argument = rest.popFirst() {
      let given = dashed(String(argument.prefix { $0 != "=" }))
      let known = others[given] ?? given
      let mayRepeat =
        lists.contains(known)
        || (known == "--index-path" && ofSeveralIndexes.contains(command ?? ""))
      if known.hasPrefix("--"), known.count > 2, !mayRepeat {
        let positive = "--" + known.dropFirst("--no-".count)
        let name = switches.contains(positive) ? positive : known
        guard seen.insert(name).inserted else {
          throw IndexError(.invalidArgument, "\(name) is given twice")
        }
      }
      guard argument.hasPrefix("--"), argument.count > 2 else {
        output.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = dashed(String(parts[0]))
      var value = parts.count == 2 ? String(parts[1]) : nil
      if value == nil, let next = rest.first, isValue(next, of: name) {
        value = next
        rest.removeFirst()
      }
      output += try option(name, value)
    }
    return output
  }

  /// Whether the argument behind an option without `=` is a value that must be translated with it.
  /// Others are left to the parser.
  private static func isValue(_ next: String, of name: String) -> Bool {
    if switches.contains(name) { return ["true", "false", "none"].contains(next.lowercased()) }
    return lists.contains(name) ? PythonList(next) != nil : next == "None"
  }

  private static func option(_ name: String, _ value: String?) throws(IndexError) -> [String] {
    if value == "None" { return [] }
    guard switches.contains(name), let value else {
      guard let value else { return [name] }
      if lists.contains(name), let list = PythonList(value) {
        return list.items.flatMap { [name, $0] }
      }
      return ["\(name)=\(value)"]
    }
    switch value.lowercased() {
    case "true", "1", "yes": return [name]
    case "false", "0", "no": return name == "--save-on-disk" ? ["--no-save-on-disk"] : []
    default:
      throw IndexError(.invalidArgument, "\(name) must be True or False, got '\(value)'")
    }
  }

  private static func dashed(_ name: String) -> String {
    name.replacing("_", with: "-")
  }
}
