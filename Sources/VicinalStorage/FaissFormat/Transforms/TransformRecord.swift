import VicinalCoding
import VicinalCore

/// A vector transform in a file, parsed and checked: `LTra`, `rrot`, `Pcam` and its two legacy
/// codes, `Viqm`, `RmDT`, `VNrm`, `VCnt`, `Viqt`, `HRot`.
struct TransformRecord: Sendable {
  let code: RecordCode
  let className: String
  let inputDimension: Int
  let outputDimension: Int
  let isTrained: Bool
  let range: Range<Int>
  let body: Body

  /// What lies between code and dimensions.
  enum Body: Sendable {
    case linear(LinearFields)
    case pca(PCAFields)
    case rotationForSigns(iterations: Int, seed: Int32, LinearFields)
    case remap(ArrayPlace)
    case normalization
    case centring(ArrayPlace)
    /// The two records are `Viqm` and `LTra`.
    case itq(mean: ArrayPlace, hasPCA: Bool, parts: [TransformRecord])
    case hadamard(seed: UInt32)
  }

  /// The norm that vectors are divided by; faiss has no other.
  static let norm: Float = 2

  /// Reads a transform from its code on.
  ///
  /// - Parameter allowed: The codes that may stand here, if not all.
  init(
    reading cursor: inout ByteCursor, allowed: Set<RecordCode>? = nil
  ) throws(IndexError) {
    let start = cursor.offset
    let code = try cursor.code("the code of the transform")
    guard let known = KnownRecord.all[code], known.kind == .transform,
      allowed?.contains(code) ?? true
    else {
      throw cursor.corrupt("\(code) is not the code of a vector transform", at: start)
    }
    self = try cursor.within("record \(code) (\(known.className))") {
      cursor throws(IndexError) in
      try TransformRecord(code, known.className, from: start, reading: &cursor)
    }
  }

  private init(
    _ code: RecordCode, _ className: String, from start: Int, reading cursor: inout ByteCursor
  ) throws(IndexError) {
    self.code = code
    self.className = className
    body = try Self.body(code, &cursor)
    let place = cursor.offset
    inputDimension = Int(try cursor.integer(Int32.self, "the dimension before the transform"))
    outputDimension = Int(try cursor.integer(Int32.self, "the dimension behind the transform"))
    for dimension in [inputDimension, outputDimension]
    where !(1...IndexHeader.largestDimension).contains(dimension) {
      throw cursor.corrupt(
        "the dimensions of a transform must be 1…\(IndexHeader.largestDimension), found"
          + " \(dimension)", at: place)
    }
    isTrained = try cursor.bool("is_trained of the transform")
    range = start..<cursor.offset
    try check(cursor, at: place)
  }

  private static func body(
    _ code: RecordCode, _ cursor: inout ByteCursor
  ) throws(IndexError) -> Body {
    switch code {
    case "LTra", "rrot": return .linear(try LinearFields(reading: &cursor))
    case "Pcam", "PcAm", "PCAm": return .pca(try PCAFields(reading: &cursor, code: code))
    case "Viqm":
      let iterations = try cursor.integer(Int32.self, "the number of rounds")
      let seed = try cursor.integer(Int32.self, "the seed")
      return .rotationForSigns(
        iterations: Int(iterations), seed: seed, try LinearFields(reading: &cursor))
    case "RmDT": return .remap(try cursor.array(of: 4, "the map"))
    case "VNrm":
      let norm = try cursor.float("the norm")
      guard norm == Self.norm else {
        throw cursor.failure(
          .unsupported, "vectors can be normalised by norm 2, not \(norm)", at: cursor.offset - 4)
      }
      return .normalization
    case "VCnt": return .centring(try cursor.array(of: 4, "the mean"))
    case "Viqt":
      let mean = try cursor.array(of: 4, "the mean")
      let hasPCA = try cursor.bool("do_pca")
      let rotation = try TransformRecord(reading: &cursor, allowed: ["Viqm"])
      let combined = try TransformRecord(reading: &cursor, allowed: ["LTra"])
      return .itq(mean: mean, hasPCA: hasPCA, parts: [rotation, combined])
    case "HRot": return .hadamard(seed: try cursor.integer(UInt32.self, "the seed"))
    default:
      throw cursor.failure(.unsupported, "transforms of this kind cannot be read")
    }
  }

  /// What a transform relies on and what follows from the dimensions.
  private func check(_ cursor: borrowing ByteCursor, at place: Int) throws(IndexError) {
    func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(IndexError) {
      guard condition else { throw cursor.corrupt(problem(), at: place) }
    }
    let (from, to) = (inputDimension, outputDimension)
    let leads = "the transform leads from dimension \(from) to \(to), but"
    switch body {
    case .linear(let fields), .rotationForSigns(_, _, let fields):
      try fields.check(from, to, isTrained: isTrained, cursor, at: place)
      if code == "Viqm" { try require(from == to, "\(leads) both must be equal") }
    case .pca(let fields):
      try fields.linear.check(from, to, isTrained: isTrained, cursor, at: place)
      try require(
        fields.mean.count == 0 || fields.mean.count == from,
        "\(leads) its mean has \(fields.mean.count) numbers")
    case .remap(let map):
      try require(map.count == to, "\(leads) its map has \(map.count) numbers")
    case .normalization: try require(from == to, "\(leads) both must be equal")
    case .centring(let mean):
      try require(from == to, "\(leads) both must be equal")
      try require(
        mean.count == from || !isTrained && mean.count == 0,
        "\(leads) its mean has \(mean.count) numbers")
    case .itq(let mean, _, let parts):
      try require(
        mean.count == from || !isTrained && mean.count == 0,
        "\(leads) its mean has \(mean.count) numbers")
      try require(
        parts[0].inputDimension == to && parts[1].inputDimension == from
          && parts[1].outputDimension == to, "\(leads) its parts do not")
      try require(
        !isTrained || parts[1].isTrained, "the transform is trained, but its parts are not")
    case .hadamard:
      try require(
        to >= from && to & (to - 1) == 0 && (to == 1 || to / 2 < from),
        "\(leads) a Hadamard rotation leads to the next power of two")
    }
  }

  /// For people.
  var description: RecordDescription {
    var description = RecordDescription(code, className: className, range: range)
    description.role = "transform"
    description.note = "from dimension \(inputDimension) to \(outputDimension)"
    description.isTrained = isTrained
    if case .itq(_, _, let parts) = body {
      description.children = parts.map { $0.description.inRole("part") }
    }
    return description
  }
}
