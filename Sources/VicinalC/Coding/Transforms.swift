public import CVicinal
import Vicinal

// Transforms, of vicinal_coding.h.

/// The transform with a handle.
func transform(_ handle: UInt64) throws(IndexError) -> TransformBox {
  try HandleRegistry.object(handle, as: TransformBox.self, "a transform")
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_create(
  _ word: UnsafePointer<CChar>?, _ inputDimension: Int64,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let spec = try TransformSpec(parsing: unsafe text(word, "word"))
    let dimension = try count(inputDimension, "the dimension", from: 1)
    unsafe try give(out) { () throws(IndexError) in
      TransformBox(try spec.makeTransform(inputDimension: dimension))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_create_map(
  _ inputDimension: Int64, _ outputDimension: Int64, _ map: UnsafePointer<Int32>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let dimension = try count(inputDimension, "the dimension", from: 1)
    let map = unsafe try Array(array(map, outputDimension, 1, "places"))
    unsafe try give(out) { () throws(IndexError) in
      TransformBox(try RemapDimensions(inputDimension: dimension, map: map))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_create_linear(
  _ inputDimension: Int64, _ outputDimension: Int64, _ matrix: UnsafePointer<Float>?,
  _ bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let input = try count(inputDimension, "the dimension", from: 1)
    let output = try count(outputDimension, "the dimension afterwards", from: 1)
    let values = unsafe try Array(array(matrix, outputDimension, input, "numbers"))
    let added = unsafe try bias == nil ? nil : Array(array(bias, outputDimension, 1, "numbers"))
    unsafe try give(out) { () throws(IndexError) in
      TransformBox(
        try LinearTransform(
          inputDimension: input, outputDimension: output, matrix: values, bias: added))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_get_info(
  _ transform: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_transform_info>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    unsafe out.pointee = try VicinalC.transform(transform).read {
      vicinal_transform_info(
        input_dimension: Int64($0.inputDimension), output_dimension: Int64($0.outputDimension),
        is_trained: $0.isTrained ? 1 : 0, is_reversible: $0.isReversible ? 1 : 0)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_train(
  _ transform: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try VicinalC.transform(transform).write { transform throws(IndexError) in
      let dimension = transform.inputDimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      try transform.train(
        on: VectorBatch(unsafe values.span, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_apply(
  _ transform: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ out: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try convert(transform, n, vectors, out, \.inputDimension, \.outputDimension) {
      transform, vectors, execution throws(IndexError) in
      try transform.apply(vectors, execution: execution)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_reverse(
  _ transform: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ out: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try convert(transform, n, vectors, out, \.outputDimension, \.inputDimension) {
      transform, vectors, execution throws(IndexError) in
      try transform.reverse(vectors, execution: execution)
    }
  }
}

/// Turns the caller's vectors into others, of the dimensions of a transform.
private func convert(
  _ handle: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ out: UnsafeMutablePointer<Float>?, _ from: KeyPath<any VectorTransform, Int>,
  _ to: KeyPath<any VectorTransform, Int>,
  _ body: (any VectorTransform, borrowing VectorBatch, Execution) throws(IndexError) -> [Float]
) throws(IndexError) {
  let execution = try execution(nil)
  try transform(handle).read { transform throws(IndexError) in
    let transform = copy transform
    let dimension = transform[keyPath: from]
    let values = unsafe try array(vectors, n, dimension, "vectors")
    let room = unsafe try place(out, n, transform[keyPath: to], "vectors")
    unsafe try copy(
      try body(
        transform, VectorBatch(unsafe values.span, dimension: dimension), execution), to: room)
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_save(
  _ transform: vicinal_handle, _ path: UnsafePointer<CChar>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let path = unsafe try text(path, "path")
    try VicinalC.transform(transform).read { transform throws(IndexError) in
      try TransformFile.write(copy transform, to: path)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let path = unsafe try text(path, "path")
    unsafe try give(out) { () throws(IndexError) in TransformBox(try TransformFile.read(path)) }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_serialize(
  _ transform: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let bytes = try VicinalC.transform(transform).read { transform throws(IndexError) in
        try TransformFile.encode(copy transform)
      }
      return BytesBox(bytes.span.rawBytes)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_deserialize(
  _ data: UnsafeRawPointer?, _ size: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let bytes = unsafe try bytes(data, size)
    unsafe try give(out) { () throws(IndexError) in
      TransformBox(try TransformFile.decode(unsafe Array(bytes)))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_array(
  _ transform: vicinal_handle, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    unsafe try give(out) { () throws(IndexError) in
      let values = try VicinalC.transform(transform).read { transform throws(IndexError) in
        try numbers(name, of: copy transform)
      }
      return BytesBox(values.span.rawBytes)
    }
  }
}

private func numbers(
  _ name: String, of transform: any VectorTransform
) throws(IndexError) -> [Float] {
  switch (transform, name) {
  case (let pca as PCA, "mean"): return pca.mean
  case (let pca as PCA, "eigenvalues"): return pca.eigenvalues
  case (let pca as PCA, "PCAMat"): return pca.components
  case (let centering as Centering, "mean"): return centering.mean
  case (let itq as ITQTransform, "mean"): return itq.mean
  default: break
  }
  if let linear = transform.matrixForm {
    if name == "A" { return linear.matrix }
    if name == "b" { return linear.bias }
  }
  throw IndexError(.unsupported, "\(type(of: transform)) has no numbers '\(name)'")
}
