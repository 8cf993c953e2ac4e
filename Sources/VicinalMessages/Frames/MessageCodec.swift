import VicinalCore

/// How a client wrote its request, and so how it reads the reply.
package enum MessageEncoding: Sendable, Equatable {
  case json(JSONArrayStyle)
  case pickle
  /// A pickle in a zlib stream.
  case zlibPickle
  /// JSON in the first frame, arrays as raw bytes in the following ones.
  case frames
}

/// Requests and replies as the frames of an ØMQ message.
package enum MessageCodec {
  /// What the first bytes say; rubbish counts as JSON, so that its sender can read the answer.
  package static func encoding(of frames: [[UInt8]]) -> MessageEncoding {
    if frames.count > 1 { return .frames }
    switch frames.first?.first {
    case 0x80: return .pickle
    case 0x78: return .zlibPickle
    default: return .json(.plain)
    }
  }

  /// Reads a message.
  ///
  /// - Parameter frames: The frames behind the empty one that ends the addresses.
  /// - Throws: What is wrong with it; any bytes are either read or refused.
  package static func decode(
    _ frames: [[UInt8]], limits: MessageLimits = MessageLimits()
  ) throws(ServiceError) -> (value: MessageValue, encoding: MessageEncoding) {
    let size = frames.reduce(0) { $0 + $1.count }
    guard size <= limits.bytes else {
      throw ServiceError(
        .limitExceeded, "a message has at most \(limits.bytes) bytes, this one \(size)")
    }
    guard let first = frames.first, !first.isEmpty else {
      throw ServiceError(.malformedMessage, "the message is empty")
    }
    switch encoding(of: frames) {
    case .pickle:
      var reader = PickleReader(first, limits: limits)
      return (try reader.read(), .pickle)
    case .zlibPickle:
      var reader = PickleReader(
        try Inflation.inflated(first, limit: limits.bytes), limits: limits)
      return (try reader.read(), .zlibPickle)
    case .frames:
      let buffers = Array(frames.dropFirst())
      var reader = JSONReader(first, limits: limits, buffers: buffers)
      let value = try reader.read()
      guard case .record(var fields) = value else {
        throw ServiceError(.malformedMessage, "the first of several frames is a JSON record")
      }
      try Self.takeOnlyArray(&fields, &reader)
      return (.record(fields), .frames)
    case .json:
      var reader = JSONReader(first, limits: limits)
      let value = try reader.read()
      return (value, .json(reader.style))
    }
  }

  /// `{"requests": ["search"], "dtype": …, "shape": …}` with one frame, and pyzmq's `send_array`
  /// without `requests`, are searches for the rows of that frame.
  private static func takeOnlyArray(
    _ fields: inout [String: MessageValue], _ reader: inout JSONReader
  ) throws(ServiceError) {
    guard fields["dtype"] != nil, fields["shape"] != nil, fields["search"] == nil else { return }
    guard reader.buffers.count == 1 else {
      throw ServiceError(
        .malformedMessage, "dtype and shape describe one frame, there are \(reader.buffers.count)")
    }
    fields["search"] = .array(try reader.buffer(.integer(0), fields))
    if fields["requests"] == nil { fields["requests"] = .list([.text("search")]) }
  }

  /// Writes a message.
  package static func encode(
    _ value: MessageValue, as encoding: MessageEncoding
  ) throws(ServiceError) -> [[UInt8]] {
    switch encoding {
    case .json(let style):
      var writer = JSONWriter(style: style)
      writer.write(value)
      return [writer.text]
    case .pickle: return [PickleWriter.pickled(value)]
    case .zlibPickle: return [try Inflation.deflated(PickleWriter.pickled(value))]
    case .frames:
      var buffers: [[UInt8]] = []
      let header = withoutArrays(value, &buffers)
      var writer = JSONWriter(style: .plain)
      writer.write(header)
      return [writer.text] + buffers
    }
  }

  /// The value with each array moved to a frame of its own.
  private static func withoutArrays(
    _ value: MessageValue, _ buffers: inout [[UInt8]]
  ) -> MessageValue {
    switch value {
    case .array(let array):
      buffers.append(array.littleEndianBytes)
      return .record([
        "__buffer__": .integer(Int64(buffers.count - 1)), "dtype": .text(array.typeName),
        "shape": .array(NumberArray(.integers(array.shape.map(Int64.init)))).inLists,
      ])
    case .list(let values): return .list(values.map { withoutArrays($0, &buffers) })
    case .record(let fields):
      var header: [String: MessageValue] = [:]
      // In the order of the names, which is the order of the frames.
      for name in fields.keys.sorted() {
        header[name] = withoutArrays(fields[name] ?? .null, &buffers)
      }
      return .record(header)
    default: return value
    }
  }
}

extension MessageValue {
  /// A row of whole numbers as a list.
  fileprivate var inLists: MessageValue {
    guard case .array(let array) = self, case .integers(let values) = array.elements else {
      return self
    }
    return .list(values.map { .integer($0) })
  }
}
