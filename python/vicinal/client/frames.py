"""Values as frames: JSON first, arrays behind it as raw bytes."""

import json

import numpy as np


def encode(value):
    """The frames of a request."""
    buffers = []

    def place(array):
        if not isinstance(array, np.ndarray):
            if isinstance(array, np.integer):
                return int(array)
            raise TypeError(f"a request cannot hold {type(array).__name__}")
        array = np.ascontiguousarray(array)
        if array.dtype.byteorder == ">":
            array = array.astype(array.dtype.newbyteorder("<"))
        buffers.append(array)
        return {"__buffer__": len(buffers) - 1, "dtype": array.dtype.name,
                "shape": list(array.shape)}

    header = json.dumps(value, default=place).encode()
    return [header, *buffers]


def decode(frames):
    """The value of a reply. Arrays view the frames and cannot be written to."""

    def array(record):
        if "__buffer__" not in record:
            return record
        flat = np.frombuffer(frames[1 + record["__buffer__"]], record["dtype"])
        return flat.reshape(record["shape"])

    return json.loads(bytes(frames[0]), object_hook=array)
