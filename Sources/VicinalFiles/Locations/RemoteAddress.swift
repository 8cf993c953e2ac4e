import Foundation
import VicinalCore

/// The parts of a URI such as `s3://bucket/folder/file.npy?region=eu-west-1`.
///
/// Paths are taken as they are, without percent-encoding, as fsspec and the clouds' own tools take
/// them: `a b.npy` and `50%.npy` are names of files.
struct RemoteAddress: Sendable, Equatable {
  /// The kinds of servers that can be reached.
  enum Scheme: String, Sendable, CaseIterable {
    case s3, gs, hdfs, viewfs

    /// Other spellings that Hadoop and Google use.
    static let aliases = ["s3a": Scheme.s3, "s3n": .s3, "gcs": .gs]

    /// Whether a file system begins with buckets.
    var hasBuckets: Bool { self == .s3 || self == .gs }
  }

  let scheme: Scheme

  /// `user:password` in front of the host.
  let credentials: String?

  /// Bucket, or host and port.
  let host: String

  /// The path without the slash in front and without slashes at the end.
  let path: String

  /// Options for the file system, behind a question mark.
  let query: String?

  /// What stands in front of `://`, or `nil` for a path of this machine.
  static func scheme(of text: String) -> Substring? {
    guard let end = text.range(of: "://") else { return nil }
    let name = text[..<end.lowerBound]
    let isScheme = name.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "+-.".utf8.contains($0)
    }
    return isScheme && !name.isEmpty ? name : nil
  }

  /// Takes a URI apart.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for other kinds of servers,
  ///   ``IndexError/Code/invalidArgument`` if there is no bucket.
  init(_ text: String) throws(IndexError) {
    let name = Self.scheme(of: text)?.lowercased() ?? ""
    guard let scheme = Scheme(rawValue: name) ?? Scheme.aliases[name] else {
      throw IndexError(
        .unsupported, "\(name):// cannot be read or written; known are file, s3, gs and hdfs")
    }
    var rest = text[...].dropFirst(name.count + 3)
    var query: String?
    // A question mark may also be part of a name; options have an equals sign.
    if let mark = rest.lastIndex(of: "?"), rest[mark...].contains("="),
      !rest[mark...].contains("/")
    {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var authority = rest[..<slash]
    if let at = authority.lastIndex(of: "@") {
      credentials = String(authority[..<at])
      authority = authority[authority.index(after: at)...]
    } else {
      credentials = nil
    }
    self.scheme = scheme
    self.query = query
    host = String(authority)
    path = rest[slash...].split(separator: "/").joined(separator: "/")
    guard !scheme.hasBuckets || !host.isEmpty else {
      throw IndexError(
        .invalidArgument, "\(scheme.rawValue):// needs a bucket: \(scheme.rawValue)://bucket/path")
    }
  }

  /// How Arrow's file systems call the place.
  var inside: String { inside(path) }

  private func inside(_ path: String) -> String {
    scheme.hasBuckets ? (path.isEmpty ? host : "\(host)/\(path)") : "/\(path)"
  }

  /// The URI for people: no credentials, no options.
  var name: String { "\(scheme.rawValue)://\(host)" + (path.isEmpty ? "" : "/\(path)") }

  /// The URI with credentials and options.
  var fullURI: String {
    "\(scheme.rawValue)://" + (credentials.map { $0 + "@" } ?? "") + host
      + (path.isEmpty ? "" : "/\(path)") + (query.map { "?" + $0 } ?? "")
  }

  /// Whether two places belong to one file system.
  func isOnSameSystem(as other: RemoteAddress) -> Bool {
    (scheme, host, query) == (other.scheme, other.host, other.query)
  }

  /// The place of a file that Arrow listed.
  func listed(_ inside: String) -> RemoteAddress {
    var parts = inside[...]
    // Some clusters answer with URIs.
    if let end = inside.range(of: "://") {
      parts = inside[end.upperBound...].drop { $0 != "/" }
    } else if scheme.hasBuckets {
      parts = parts.drop { $0 != "/" }
    }
    return RemoteAddress(self, path: parts.split(separator: "/").joined(separator: "/"))
  }

  /// The same file system at another path.
  init(_ other: RemoteAddress, path: String) {
    (scheme, credentials, host) = (other.scheme, other.credentials, other.host)
    (query, self.path) = (other.query, path)
  }

  /// The URI that opens the file system, with what the environment says.
  func systemURI(environment: [String: String]) -> String {
    var options = query.map { [$0] } ?? []
    func add(_ key: String, _ value: String?) {
      let isThere = (query ?? "").split(separator: "&").contains { $0.hasPrefix("\(key)=") }
      if let value, !value.isEmpty, !isThere { options.append("\(key)=\(value)") }
    }
    switch scheme {
    case .s3:
      // Arrow asks Amazon for the region of a bucket unless told; other servers have none.
      let isElsewhere =
        environment["AWS_ENDPOINT_URL_S3"] != nil || environment["AWS_ENDPOINT_URL"] != nil
      add(
        "region",
        environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
          ?? (isElsewhere ? "us-east-1" : nil))
    // Google's client tries again for minutes, also without any credentials.
    case .gs: add("retry_limit_seconds", String(Int(max(1, ArrowLibrary.timeout / 3))))
    case .hdfs, .viewfs: break
    }
    let slash = scheme.hasBuckets ? "" : "/"
    return "\(scheme.rawValue)://\(credentials.map { $0 + "@" } ?? "")\(host)\(slash)"
      + (options.isEmpty ? "" : "?" + options.joined(separator: "&"))
  }
}
