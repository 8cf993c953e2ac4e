"""What an index holds, as arrays. They are copies that cannot be written to: a change of theirs would
change nothing in the index."""

import numpy as np

from ..._native import json_of, lib
from ..._native.objects import bytes_of


def read_only(function, *arguments, dtype):
    """The bytes that a function returns, as an array."""
    return np.frombuffer(bytes_of(function, *arguments), dtype)


def _owner(shown):
    """The index, or the index that a part of it belongs to."""
    return vars(shown).get("_index", shown)


def array(name, dtype, doc):
    """A property: an array of an index by its name."""
    def get(shown):
        handle = _owner(shown)._here()
        return read_only(
            lib.vicinal_index_array, handle.number, name.encode(), dtype=np.dtype(dtype))

    return property(get, doc=doc)


def description(name, doc):
    """A property: a number that the description of an index has."""
    def get(shown):
        handle = _owner(shown)._here()
        return json_of(lib.vicinal_index_describe, handle.number)[name]

    return property(get, doc=doc)


codes = array("codes", "uint8", "The bytes of all codes, or of the vectors themselves, as a copy.")
