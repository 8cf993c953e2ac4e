"""Transforms on their own."""

import ctypes

import numpy as np

from .._native import VicinalError, check, lib
from .._native.arguments import encoded, whole, word
from .._native.arrays import address, contiguous
from .._native.interrupts import run, run_if_long
from .._native.objects import bytes_of, make
from .._native.signatures import TransformInfo
from .indexes.contents import read_only
from .indexes.knobs import Strict, fixed


class VectorTransform(Strict):
    """Vectors to other vectors."""

    verbose = False
    _is_taken = False

    def __init__(self, kind, d_in):
        self._handle = make(lib.vicinal_transform_create, kind.encode(), whole(d_in, "d_in"))

    @classmethod
    def _of(cls, handle):
        self = cls.__new__(cls)
        self._handle = handle
        return self

    def _taken(self):
        """The handle for an index, which copies what it is of."""
        self._is_taken = True
        return self._handle

    def _info(self):
        info = TransformInfo()
        check(lib.vicinal_transform_get_info(self._handle.number, ctypes.addressof(info)))
        return info

    d_in = property(lambda self: self._info().input_dimension, doc="Floats per vector before.")
    d_out = property(lambda self: self._info().output_dimension, doc="Floats afterwards.")
    is_trained = property(lambda self: bool(self._info().is_trained), doc="Ready for use.")

    def _call(self, function, x, width, height):
        n, d = x.shape
        x = contiguous(x, dtype="float32")
        assert d == width
        out = np.empty((n, height), "float32")
        run_if_long(
            x.size, function, self._handle.number, n, address(x), address(out))
        return out

    def train(self, x):
        """Learns from vectors, (n, d_in)."""
        n, d = x.shape
        x = contiguous(x, dtype="float32")
        assert d == self.d_in
        run(lib.vicinal_transform_train, self._handle.number, n, address(x), None)

    def apply(self, x):
        """Transformed vectors, (n, d_out)."""
        info = self._info()
        return self._call(
            lib.vicinal_transform_apply, x, info.input_dimension, info.output_dimension)

    apply_py = apply

    def _matrix(self):
        return np.frombuffer(bytes_of(
            lib.vicinal_transform_array, self._handle.number, b"A"), np.float32)

    def _set_option(self, name, value):
        check(lib.vicinal_transform_set_option(self._handle.number, name.encode(), value))

    def reverse_transform(self, x):
        """Vectors, (n, d_in), that transform to x."""
        info = self._info()
        return self._call(
            lib.vicinal_transform_reverse, x, info.output_dimension, info.input_dimension)

    def __reduce__(self):
        data = bytes_of(lib.vicinal_transform_serialize, self._handle.number)
        return deserialize_VectorTransform, (np.frombuffer(data, np.uint8),)


def _numbers(name, doc):
    def get(self):
        return read_only(
            lib.vicinal_transform_array, self._handle.number, name.encode(), dtype=np.float32)

    return property(get, doc=doc + " A copy, one after the other; empty before training.")


def _setting(name, convert, doc):
    """A setting of training."""
    def get(self):
        value = ctypes.c_double()
        check(lib.vicinal_transform_get_option(
            self._handle.number, name.encode(), ctypes.addressof(value)))
        return convert(value.value)

    def put(self, value):
        if self._is_taken:
            raise RuntimeError(
                f"{name} must be set before the transform is given to an index, which copies it")
        value = float(value) if convert is float else whole(value, name)
        check(lib.vicinal_transform_set_option(self._handle.number, name.encode(), value))

    return property(get, put, doc=doc)


class LinearTransform(VectorTransform):
    """A x + b, of given numbers."""

    A = _numbers("A", "The matrix, of d_out rows.")
    b = _numbers("b", "What is added; empty if nothing is.")
    have_bias = property(lambda self: self.b.size > 0, doc="Whether something is added.")

    def __init__(self, d_in, d_out, have_bias=False, *, A, b=None):
        A = contiguous(A, np.float32).reshape(d_out, d_in)
        b = None if b is None else contiguous(b, np.float32).reshape(d_out)
        if have_bias and b is None:
            raise RuntimeError("a linear transform with a bias needs b")
        self._handle = make(
            lib.vicinal_transform_create_linear, d_in, d_out, address(A),
            None if b is None else address(b))


class PCAMatrix(LinearTransform):
    """Principal components."""

    mean = _numbers("mean", "The mean of the training vectors.")
    eigenvalues = _numbers("eigenvalues", "The variance along each component.")
    PCAMat = _numbers("PCAMat", "All components, of d_in rows.")

    eigen_power = _setting(
        "eigen_power", float, "Components are scaled by their eigenvalues to this power.")
    epsilon = _setting("epsilon", float, "Added to eigenvalues before.")
    random_rotation = _setting("random_rotation", bool, "Whether components are rotated at last.")
    balanced_bins = _setting(
        "balanced_bins", int, "Components are ordered into so many groups of like variance; 0 for none.")
    max_points_per_d = _setting(
        "max_points_per_d", int, "More vectors for each coordinate are thinned out.")

    def __init__(self, d_in, d_out, eigen_power=0.0, random_rotation=False):
        kind = "PCA" + ("R" if random_rotation else "")
        VectorTransform.__init__(self, f"{kind}{whole(d_out, 'd_out')}", d_in)
        if eigen_power:
            self.eigen_power = eigen_power


class OPQMatrix(LinearTransform):
    """A rotation that suits a product quantizer of M parts."""

    _parts = None
    M = property(lambda self: self._parts, doc="Parts of the quantizer that it is made for.")
    pq = fixed(None, "the rotation is made for a quantizer of 8 bits")
    niter = _setting("niter", int, "Rounds of quantizing and rotating, at most.")
    niter_pq = _setting("niter_pq", int, "Rounds of k-means in each of them.")
    niter_pq_0 = _setting("niter_pq_0", int, "Rounds of k-means in the first.")
    max_train_points = _setting("max_train_points", int, "More vectors are thinned out.")

    def __init__(self, d, M=1, d2=-1):
        self._parts = whole(M, "M")
        VectorTransform.__init__(self, word("OPQ{M}", M=M) + (
            word("_{d2}", d2=d2) if d2 != -1 else ""), d)


class RandomRotationMatrix(LinearTransform):
    """A random rotation; `train` or `init` draws it."""

    def __init__(self, d_in, d_out):
        VectorTransform.__init__(self, word("RR{d_out}", d_out=d_out), d_in)

    def init(self, seed=None):
        """Draws the rotation, which is the same each time: there is no seed to choose."""
        if seed is not None:
            raise RuntimeError(
                "the seed of a RandomRotationMatrix cannot be chosen; HadamardRotation(d, seed) has "
                "one, and LinearTransform takes a matrix of your own")
        self.train(np.zeros((1, self.d_in), np.float32))


class ITQTransform(VectorTransform):
    """A rotation for signs."""

    def __init__(self, d_in, d_out=None, do_pca=False):
        super().__init__(word("ITQ{d_out}", d_out=d_out) if do_pca else "ITQ", d_in)


class NormalizationTransform(VectorTransform):
    """Scales vectors to length 1."""

    def __init__(self, d, norm=2.0):
        if norm != 2:
            raise RuntimeError(f"vectors are scaled by their norm 2, not {norm}")
        super().__init__("L2norm", d)


class HadamardRotation(VectorTransform):
    """A random rotation that is quick to apply."""

    def __init__(self, d, seed=None):
        super().__init__("HR" + (word("{seed}", seed=seed) if seed is not None else ""), d)


class RemapDimensionsTransform(VectorTransform):
    """Chooses coordinates: (d_in, d_out, uniform), or (d_in, d_out, map)."""

    def __init__(self, d_in, d_out, uniform_or_map=True):
        if not isinstance(uniform_or_map, (bool, int)):
            places = contiguous(uniform_or_map, np.int32)
            assert places.shape == (d_out,)
        else:
            places = np.full(d_out, -1, np.int32)
            own = np.arange(min(d_in, d_out))
            if not uniform_or_map:
                places[own] = own
            elif d_in < d_out:
                places[own * d_out // d_in] = own
            else:
                places[own] = own * d_in // d_out
        self._handle = make(lib.vicinal_transform_create_map, d_in, d_out, address(places))


def transform_face(handle):
    """A transform of the library as an object of the class that its numbers are of."""
    for kind, name in ((PCAMatrix, b"PCAMat"), (LinearTransform, b"A")):
        try:
            bytes_of(lib.vicinal_transform_array, handle.number, name)
            return kind._of(handle)
        except VicinalError:
            pass
    return VectorTransform._of(handle)


def write_VectorTransform(transform, path):
    """Writes a transform as faiss does."""
    check(lib.vicinal_transform_save(transform._handle.number, encoded(path, "the path")))


def read_VectorTransform(path):
    """Opens a file of a transform, of faiss or of this module."""
    return transform_face(make(lib.vicinal_transform_load, encoded(path, "the path")))


def deserialize_VectorTransform(data):
    """A transform from the bytes of its file."""
    data = contiguous(data, np.uint8)
    return transform_face(make(lib.vicinal_transform_deserialize, address(data), data.size))
