public import Foundation
public import VicinalCore

/// Settings from flags, the environment and a file, in that order of precedence.
public struct SettingSources: Sendable {
  /// The value of each setting, and who said it: `flag`, `environment NAME`, `file` or `default`.
  public private(set) var values: [String: (text: String, source: String)] = [:]

  /// Puts the sources together.
  ///
  /// - Parameters:
  ///   - flags: By ``SettingValue/name``.
  ///   - environment: All variables of the process.
  ///   - file: A JSON record by ``SettingValue/fileName``, of texts and numbers; lists of texts are
  ///     put together with commas.
  /// - Throws: ``IndexError/Code/invalidArgument`` for a file that is no such record or that names
  ///   an unknown setting.
  public init(
    flags: [String: String], environment: [String: String], file: Data?
  ) throws(IndexError) {
    let fromFile = try Self.read(file)
    for setting in SettingValue.all {
      if let flag = flags[setting.name] {
        values[setting.name] = (flag, "flag")
      } else if let name = setting.environmentNames.first(where: { environment[$0] != nil }) {
        values[setting.name] = (environment[name] ?? "", "environment \(name)")
      } else if let text = fromFile[setting.fileName] {
        values[setting.name] = (text, "file")
      } else {
        values[setting.name] = (setting.standard, "default")
      }
    }
  }

  private static func read(_ file: Data?) throws(IndexError) -> [String: String] {
    guard let file else { return [:] }
    guard let object = try? JSONSerialization.jsonObject(with: file),
      let fields = object as? [String: Any]
    else { throw IndexError(.invalidArgument, "a settings file is a JSON record") }
    var texts: [String: String] = [:]
    for (name, value) in fields {
      guard SettingValue.all.contains(where: { $0.fileName == name }) else {
        throw IndexError(.invalidArgument, "the settings file names \(name), which is no setting")
      }
      switch value {
      case let text as String: texts[name] = text
      case let list as [String]: texts[name] = list.joined(separator: ",")
      case let number as NSNumber: texts[name] = number.stringValue
      default:
        throw IndexError(.invalidArgument, "\(name) of the settings file is text or a number")
      }
    }
    return texts
  }

  /// The settings.
  ///
  /// - Throws: As ``ServiceSettings/init(_:)``.
  public func settings() throws(IndexError) -> ServiceSettings {
    try ServiceSettings(values.mapValues(\.text))
  }
}
