/// The version of the command; CHANGELOG.md says what is in it.
let vicinalVersion = "0.1.0"
