/// The options that stand on this command line, whatever their values: those with a default cannot be
/// told from it otherwise.
enum GivenOptions {
  private static let names: Set<String> = {
    let arguments = try? AutoFaissSpelling.translated(Array(CommandLine.arguments.dropFirst()))
    return Set((arguments ?? []).map { String($0.prefix { $0 != "=" }) })
  }()

  /// Whether an option was given, by its own spelling.
  static func contains(_ name: String) -> Bool { names.contains(name) }
}
