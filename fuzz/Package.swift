// swift-tools-version: 6.2
// The fuzzer of the index reader; a package of its own, so that users of the library do not build
// it. Build it with scripts/fuzz, which gives the flags that instrument all modules.
import PackageDescription

let package = Package(
  name: "vicinal-fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "vicinal", path: "..")],
  targets: [
    .systemLibrary(name: "CFuzzer"),
    .executableTarget(
      name: "FuzzIndexFile",
      dependencies: ["CFuzzer", .product(name: "Vicinal", package: "vicinal")]),
  ]
)
