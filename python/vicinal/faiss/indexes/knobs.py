"""Settings of an index as attributes."""


class Knobs:
    """What has settings by name: `_get_parameter(name)` and `_set_parameters("name=value")`."""


def text(value):
    """A number as parameter texts hold it."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def knob(name, convert=int, doc=""):
    """An attribute that is a parameter of the library."""
    def get(self):
        return convert(self._get_parameter(name))

    def put(self, value):
        self._set_parameters(f"{name}={text(value)}")

    return property(get, put, doc=doc)


class Graph:
    """The `hnsw` of an index."""

    def __init__(self, index):
        object.__setattr__(self, "_index", index)

    def _get_parameter(self, name):
        return self._index._get_parameter(name)

    def _set_parameters(self, text):
        self._index._set_parameters(text)

    def __setattr__(self, name, value):
        if not hasattr(type(self), name):
            raise AttributeError(f"'HNSW' object has no attribute '{name}'.")
        object.__setattr__(self, name, value)

    efSearch = knob("efSearch", doc="Candidates kept while searching.")
    efConstruction = knob("efConstruction", doc="Candidates kept while adding.")
