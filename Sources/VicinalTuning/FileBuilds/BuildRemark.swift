/// What whoever watches a build may want to know while it runs.
public enum BuildRemark: Sendable, Equatable {
  /// How it goes.
  case note(String)
  /// Something that deserves attention; most of these are in the infos too.
  case warning(String)
}
