"""faiss's vectors of numbers, which grow, over arrays."""

import numpy as np

from ..._native.arguments import require_memory, whole


class _Vector:
    """Numbers of one type, one after the other."""

    _type = np.float32

    def __init__(self, count=0):
        self._numbers = self._zeros(count)

    def _zeros(self, count):
        require_memory(whole(count, "the size"), np.dtype(self._type).itemsize)
        return np.zeros(count, self._type)

    def __array__(self, dtype=None, copy=None):
        return np.array(self._numbers, dtype=dtype)

    def __len__(self):
        return len(self._numbers)

    def __getitem__(self, place):
        return self._numbers[place].item()

    def __setitem__(self, place, value):
        self._numbers[place] = value

    def size(self):
        """How many there are."""
        return len(self._numbers)

    def at(self, place):
        """The number at a place."""
        return self[place]

    def resize(self, count):
        """Makes it longer, with zeros, or shorter."""
        numbers = self._zeros(count)
        kept = min(count, len(self._numbers))
        numbers[:kept] = self._numbers[:kept]
        self._numbers = numbers

    def push_back(self, value):
        """Appends a number."""
        self._numbers = np.append(self._numbers, self._type(value))

    def clear(self):
        """Makes it empty."""
        self._numbers = self._numbers[:0]


def _kind(name, number):
    return type(name, (_Vector,), {
        "_type": number, "__module__": __name__,
        "__doc__": f"Numbers of dtype {np.dtype(number)}, one after the other."})


Int8Vector = CharVector = _kind("Int8Vector", np.int8)
UInt8Vector = ByteVector = _kind("UInt8Vector", np.uint8)
Int16Vector = _kind("Int16Vector", np.int16)
UInt16Vector = _kind("UInt16Vector", np.uint16)
Int32Vector = IntVector = _kind("Int32Vector", np.int32)
UInt32Vector = _kind("UInt32Vector", np.uint32)
Int64Vector = LongVector = LongLongVector = _kind("Int64Vector", np.int64)
UInt64Vector = Uint64Vector = _kind("UInt64Vector", np.uint64)
Float32Vector = FloatVector = _kind("Float32Vector", np.float32)
Float64Vector = DoubleVector = _kind("Float64Vector", np.float64)


def vector_to_array(v):
    """A vector as an array; what the library has as arrays already is copied."""
    if not isinstance(v, (_Vector, np.ndarray)):
        raise TypeError(
            f"vector_to_array takes the vectors and arrays of this module, not {type(v).__name__}; "
            "numpy.array makes an array of numbers and lists")
    return np.array(v)


vector_float_to_array = vector_to_array


def copy_array_to_vector(a, v):
    """Makes a vector hold the numbers of an array; arrays in the place of vectors keep their size."""
    a = np.asarray(a)
    if isinstance(v, _Vector):
        if a.dtype != v._type:
            raise TypeError(f"a vector of {np.dtype(v._type)} cannot hold {a.dtype}; convert the array")
        v.resize(a.size)
        v._numbers[...] = a.ravel()
    elif not v.flags.writeable:
        raise RuntimeError(
            "this array is a copy of what an object of the library holds, which cannot be changed "
            "through it; LinearTransform(d_in, d_out, A=…, b=…) takes numbers of your own, and "
            "index.reconstruct_n and add move vectors")
    else:
        v[...] = a.reshape(np.shape(v))
