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
    unsafe try give(out) { () throws(IndexError) in BytesBox(try reportJSON(list)) }
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
