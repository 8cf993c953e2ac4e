/// The version of Vicinal: of the library, the command and the files that describe builds.
public let vicinalVersion = "0.1.0"
