import Foundation
public import VicinalCore

/// Files of CURVE keys, as `vicinal keys`, pyzmq and czmq write them: lines `public-key = "…"` and
/// `secret-key = "…"`. A file that holds nothing but one key is understood as well.
public enum CurveKeyFiles {
  /// A key file is far shorter; a list of clients may be as long.
  private static let largestFile = 16 << 20

  /// Writes a new pair: `NAME.key` for everyone, `NAME.key_secret` for its owner alone.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if one of the files is there already, or cannot be
  ///   written; ``IndexError/Code/unsupported`` if libzmq was built without CURVE.
  public static func make(_ name: String) throws(IndexError) -> (
    keys: CurveKeyPair, publicFile: String, secretFile: String
  ) {
    let keys = try CurveKeyPair()
    let files = (publicFile: name + ".key", secretFile: name + ".key_secret")
    let head = "metadata\ncurve\n    public-key = \"\(keys.publicKey)\"\n"
    try writeNew(
      files.secretFile,
      "# The secret key of a CURVE pair. Give it to nobody.\n\n" + head
        + "    secret-key = \"\(keys.secretKey)\"\n", mode: 0o600)
    do throws(IndexError) {
      try writeNew(files.publicFile, "# The public key of a CURVE pair.\n\n" + head, mode: 0o644)
    } catch {
      try? FileManager.default.removeItem(atPath: files.secretFile)
      throw error
    }
    return (keys, files.publicFile, files.secretFile)
  }

  /// Reads a pair from the file of its secret key.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it cannot be read, ``IndexError/Code/corruptFile``
  ///   if it holds no secret key or a public key of another pair.
  public static func pair(in file: String) throws(IndexError) -> CurveKeyPair {
    let found = try keys(in: file)
    guard let secret = found.secret ?? found.bare else {
      throw IndexError(
        .corruptFile, "\(file) holds no secret key; NAME.key_secret of vicinal keys NAME does")
    }
    try check(secret, file)
    let pair = try CurveKeyPair(secretKey: secret)
    if let other = found.public, other != pair.publicKey {
      throw IndexError(.corruptFile, "the public key and the secret key of \(file) are no pair")
    }
    return pair
  }

  /// Reads a public key.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it cannot be read, ``IndexError/Code/corruptFile``
  ///   if it holds no public key.
  public static func publicKey(in file: String) throws(IndexError) -> String {
    let found = try keys(in: file)
    guard let key = found.public ?? found.bare else {
      throw IndexError(
        .corruptFile, "\(file) holds no public key; NAME.key of vicinal keys NAME does")
    }
    try check(key, file)
    return key
  }

  /// Reads the public keys that may connect: one at the beginning of each line, with what else
  /// belongs to it behind a space; lines that begin with # are for people. Key files one
  /// after the other are understood as well.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it cannot be read, ``IndexError/Code/corruptFile``
  ///   for a line that holds no public key.
  public static func list(in file: String) throws(IndexError) -> Set<String> {
    var keys: Set<String> = []
    for (place, line) in try lines(of: file).enumerated() {
      if line.isEmpty || isComment(line) || line == "metadata" || line == "curve" { continue }
      let named = value(of: "public-key", in: line)
      let key = named ?? String(line.prefix { $0 != " " && $0 != "\t" })
      guard Z85.isKey(key) else {
        // The line is not shown: it may be a secret.
        throw IndexError(
          .corruptFile, "line \(place + 1) of \(file) holds no public key, \(Z85.description)")
      }
      keys.insert(key)
    }
    return keys
  }

  /// Whether others than its owner may read a file.
  static func isOpenToOthers(_ file: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file)
    guard let mode = attributes?[.posixPermissions] as? NSNumber else { return false }
    return mode.intValue & 0o077 != 0
  }

  // MARK: Text

  private static func keys(
    in file: String
  ) throws(IndexError) -> (public: String?, secret: String?, bare: String?) {
    let lines = try lines(of: file).filter { !$0.isEmpty && !isComment($0) }
    return (
      lines.lazy.compactMap { value(of: "public-key", in: $0) }.first,
      lines.lazy.compactMap { value(of: "secret-key", in: $0) }.first,
      lines.count == 1 && !lines[0].contains(" ") ? lines[0] : nil
    )
  }

  private static func check(_ key: String, _ file: String) throws(IndexError) {
    guard Z85.isKey(key) else {
      throw IndexError(.corruptFile, "the key in \(file) is not \(Z85.description)")
    }
  }

  /// No key begins with #: its first characters would stand for more than four bytes hold.
  private static func isComment(_ line: String) -> Bool { line.hasPrefix("#") }

  /// What stands behind `name =`, without quotes, which no key has.
  private static func value(of name: String, in line: String) -> String? {
    guard line.hasPrefix(name), let sign = line.firstIndex(of: "=") else { return nil }
    guard line[..<sign].dropFirst(name.count).allSatisfy(\.isWhitespace) else { return nil }
    let around = CharacterSet(charactersIn: " \t\"'")
    return line[line.index(after: sign)...].trimmingCharacters(in: around)
  }

  private static func lines(of file: String) throws(IndexError) -> [String] {
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      data = try handle.read(upToCount: largestFile + 1) ?? Data()
    } catch {
      throw IndexError(
        .fileSystem, "cannot read the keys of \(file): \(error.localizedDescription)")
    }
    guard data.count <= largestFile, let text = String(data: data, encoding: .utf8) else {
      throw IndexError(.corruptFile, "\(file) is no file of keys")
    }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  private static func writeNew(_ file: String, _ text: String, mode: mode_t) throws(IndexError) {
    let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw IndexError(
        .fileSystem,
        errno == EEXIST
          ? "\(file) is there already; keys are never written over"
          : "cannot write \(file): \(unsafe String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(text.utf8))
      try handle.synchronize()
      try handle.close()
    } catch {
      try? FileManager.default.removeItem(atPath: file)
      throw IndexError(.fileSystem, "cannot write \(file): \(error.localizedDescription)")
    }
  }
}
