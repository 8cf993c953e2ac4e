/// Something that takes the bytes of a file in order and makes them visible under its name in one
/// step: ``ReplacementFile`` on a disk, an upload elsewhere.
///
/// Without ``commit()`` nothing is left behind when the object goes.
package protocol ReplacingOutput: AnyObject {
  /// The file, for messages.
  var path: String { get }

  /// Adds bytes at the end.
  func write(_ bytes: RawSpan) throws(IndexError)

  /// Puts the file in its place.
  func commit() throws(IndexError)
}

extension ReplacementFile: ReplacingOutput {}
