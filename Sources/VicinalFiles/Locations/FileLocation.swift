import Foundation
public import VicinalCore

/// What is at a place.
public enum FileStatus: Sendable, Equatable {
  /// Nothing.
  case missing
  /// A file of so many bytes.
  case file(size: Int)
  /// A folder, or a prefix that objects have.
  case folder
}

/// A file or folder, on this machine or on a server: a path, or a URI with `file://`, `s3://`,
/// `gs://` or `hdfs://`.
///
/// Servers are reached through Apache Arrow, which builds have with the package trait `Arrow`; in
/// others every call about a server throws ``IndexError/Code/unsupported``. Credentials, region and
/// endpoint come from the URI (`s3://key:secret@bucket/path?region=eu-west-1&scheme=https`) or from
/// the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
///
/// ```swift
/// let folder = try FileLocation("s3://bucket/embeddings")
/// for file in try folder.files() { print(file.location.name, file.size) }
/// ```
///
/// The corresponding part of AutoFaiss is fsspec.
public struct FileLocation: Sendable, CustomStringConvertible {
  enum Place: Sendable {
    case local(String)
    case remote(RemoteAddress)
  }

  let place: Place

  /// The path, or the URI without credentials and options.
  public var name: String {
    switch place {
    case .local(let path): path
    case .remote(let address): address.name
    }
  }

  /// What ``init(_:)`` makes this location of: the path, or the URI with credentials and options.
  /// Not for messages.
  public var address: String {
    switch place {
    case .local(let path): path
    case .remote(let address): address.fullURI
    }
  }

  /// The same as ``name``.
  public var description: String { name }

  /// The path on this machine; `nil` on servers.
  public var localPath: String? {
    if case .local(let path) = place { path } else { nil }
  }

  /// Takes a path or a URI apart; nothing is reached yet.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for URIs of other kinds,
  ///   ``IndexError/Code/invalidArgument`` for incomplete ones.
  public init(_ path: String) throws(IndexError) {
    guard let scheme = RemoteAddress.scheme(of: path) else {
      place = .local(path)
      return
    }
    guard scheme.lowercased() == "file" else {
      place = .remote(try RemoteAddress(path))
      return
    }
    var rest = path.dropFirst(7)
    if rest.hasPrefix("localhost/") { rest = rest.dropFirst(9) }
    guard rest.hasPrefix("/") else {
      throw IndexError(
        .invalidArgument, "\(path): file:// needs a path that begins with a slash, file:///…")
    }
    place = .local(rest.removingPercentEncoding ?? String(rest))
  }

  init(place: Place) { self.place = place }

  /// A path of this machine, also if it looks like a URI.
  public init(localPath: String) { place = .local(localPath) }

  /// Whether a text is a URI of a server, well-formed or not.
  public static func isRemote(_ path: String) -> Bool {
    guard let scheme = RemoteAddress.scheme(of: path) else { return false }
    return scheme.lowercased() != "file"
  }

  /// The file system and the path in it, as Arrow calls them.
  func arrowPlace() throws(IndexError) -> (ArrowSystem, String) {
    switch place {
    case .local(let path): return (.local, path)
    case .remote(let address):
      let uri = address.systemURI(environment: ProcessInfo.processInfo.environment)
      return (try ArrowSystem(uri: uri, name: name), address.inside)
    }
  }
}
