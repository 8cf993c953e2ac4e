public import CVicinal
import Foundation
import Vicinal

// Settings, of vicinal_change.h.

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_set_parameters(
  _ index: vicinal_handle, _ parameters: UnsafePointer<CChar>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let settings = try KnobSettings(parsing: unsafe text(parameters, "parameters"))
    try anyIndex(
      index,
      float: { box throws(IndexError) in
        try box.write { index throws(IndexError) in try settings.apply(to: &index) }
      },
      binary: { box throws(IndexError) in
        try box.write { index throws(IndexError) in try settings.apply(to: &index) }
      })
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_get_parameter(
  _ index: vicinal_handle, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<Double>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    let knobs = try knobs(of: index)
    unsafe try required(value, "value").pointee = try knobs.named(name, of: "the index").value
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_parameters(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let list = try knobs(of: index).map(ParameterFields.init)
    unsafe try give(out) { () throws(IndexError) in BytesBox(try json(list)) }
  }
}

private func knobs(of handle: UInt64) throws(IndexError) -> [Knob] {
  try anyIndex(
    handle,
    float: { box throws(IndexError) in try box.read { ($0 as any VectorIndex).availableKnobs } },
    binary: { box throws(IndexError) in try box.read { ($0 as any BinaryIndex).availableKnobs } })
}

/// A parameter as JSON.
private struct ParameterFields: Encodable {
  var name: String
  var aliases: [String]
  var value: Double
  var least: Double
  var most: Double
  var isWhole: Bool
  var steps: [Double]

  init(_ knob: Knob) {
    name = knob.name
    aliases = knob.aliases
    value = knob.value
    least = knob.range.lowerBound
    most = knob.range.upperBound
    isWhole = knob.isWhole
    steps = knob.steps
  }
}

/// JSON as the command writes it: keys in alphabetical order, infinities as text.
func json(_ value: some Encodable) throws(IndexError) -> String {
  let encoder = JSONEncoder()
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    throw IndexError(.unsupported, "the result cannot be written as JSON: \(error)")
  }
}
