extension HTMLReport {
  /// How to load and search the file.
  var usage: Markup {
    guard !infos.indexPath.isEmpty else { return .none }
    let path = infos.indexPath
    let swift = """
      import Vicinal

      let index = try IndexFile.read(\(Self.quoted(path, isPython: false)))
      let found = try index.search(VectorBatch(values.span, dimension: \(infos.dimension)), k: 10)
      """
    let python = """
      import faiss

      index = faiss.read_index(\(Self.quoted(path, isPython: true)))
      distances, ids = index.search(queries, 10)  # float32, n × \(infos.dimension)
      """
    let shell = "vicinal search --index-path \(Self.shellQuoted(path)) --queries queries.npy -k 10"
    return """
      <section>
      <h2>Use it</h2>
      <h3>Swift</h3>
      <pre><code>\(swift)</code></pre>
      <h3>Python, with faiss</h3>
      <pre><code>\(python)</code></pre>
      <h3>Command line</h3>
      <pre><code>\(shell)</code></pre>
      </section>
      """
  }

  /// A path as a literal of Swift or Python, which write control characters differently.
  private static func quoted(_ text: String, isPython: Bool) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        let padded = digits.count < 2 ? "0" + digits : digits
        output += isPython ? "\\x\(padded)" : "\\u{\(digits)}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }

  /// A path as one word of a shell.
  private static func shellQuoted(_ text: String) -> String {
    let plain = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0))
    }
    return plain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
