"""What is inside indexes, transforms and quantizers, as arrays of their shapes."""

import numpy as np

from ..transforms import LinearTransform


def get_invlist(invlists, l):
    """The ids and the codes, (their number, code_size), of a list."""
    return np.array(invlists.get_ids(l)), np.array(invlists.get_codes(l))


def get_invlist_sizes(invlists):
    """How many vectors each list has."""
    return np.array([invlists.list_size(i) for i in range(invlists.nlist)], np.int64)


def print_object_fields(obj):
    """Prints the public attributes of an object."""
    for name in dir(obj):
        if name.startswith("_"):
            continue
        try:
            value = getattr(obj, name)
        except (AttributeError, RuntimeError) as error:
            value = f"({error})"
        if not callable(value):
            print(f"{name} = {value}")


def get_pq_centroids(pq):
    """The centroids of a product quantizer, (M, ksub, dsub)."""
    return np.array(pq.centroids).reshape(pq.M, pq.ksub, pq.dsub)


def get_LinearTransform_matrix(pca):
    """The matrix, (d_out, d_in), and the bias, (d_out,) or empty, of a linear transform."""
    return np.array(pca.A).reshape(pca.d_out, pca.d_in), np.array(pca.b)


def make_LinearTransform_matrix(A, b=None):
    """A linear transform of a matrix, (d_out, d_in), and a bias."""
    d_out, d_in = A.shape
    return LinearTransform(d_in, d_out, b is not None, A=A, b=b)


def get_flat_data(index):
    """The vectors of a flat index, (ntotal, d), as a copy."""
    return index.get_xb()


def get_flat_codes(index_flat):
    """The codes of an index without lists, (ntotal, code_size)."""
    return np.array(index_flat.codes).reshape(index_flat.ntotal, index_flat.code_size)
