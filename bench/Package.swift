// swift-tools-version: 6.2
// The Swift side of the side-by-side benchmarks; a package of its own, so that users of the
// library do not build it.
import PackageDescription

let package = Package(
  name: "vicinal-bench",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "vicinal", path: "..")],
  targets: [
    .executableTarget(
      name: "VicinalBench",
      dependencies: [.product(name: "Vicinal", package: "vicinal")])
  ]
)
