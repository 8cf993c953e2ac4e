"""Settings of an index as attributes."""

from ..._native.arguments import whole
from .contents import array, description


class Strict:
    """Attributes that its class does not have are refused: most are misspelt, or of faiss and without
    effect here."""

    def __setattr__(self, name, value):
        if name[0] != "_" and not hasattr(type(self), name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'.")
        object.__setattr__(self, name, value)


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
        value = value if convert is float else whole(value, name)
        self._set_parameters(f"{name}={text(value)}")

    return property(get, put, doc=doc)


def fixed(value, why):
    """An attribute of faiss that has one value here; setting another is an error."""
    class Fixed(property):
        def __set_name__(self, owner, name):
            self.name = name

    def put(self, wanted):
        if wanted != value:
            raise RuntimeError(f"{found.name} is always {value}: {why}")

    found = Fixed(lambda self: value, put, doc=f"Always {value}: {why}.")
    return found


class Graph(Strict):
    """The `hnsw` of an index. Its arrays are copies, to look at."""

    def __init__(self, index):
        self._index = index

    def _get_parameter(self, name):
        return self._index._get_parameter(name)

    def _set_parameters(self, text):
        self._index._set_parameters(text)

    efSearch = knob("efSearch", doc="Candidates kept while searching.")
    efConstruction = knob("efConstruction", doc="Candidates kept while adding.")

    search_bounded_queue = fixed(True, "searches keep efSearch candidates")
    check_relative_distance = fixed(
        True, "searches end when the candidates left are farther than what was found")

    levels = array("levels", "int32", "For each vector on how many levels it is.")
    offsets = array("offsets", "uint64", "Where the links of each vector begin, and where all end.")
    neighbors = array("neighbors", "int32", "All links, -1 where there is none.")
    cum_nneighbor_per_level = array(
        "cum_nneighbor_per_level", "int32", "Links of all levels below each level.")
    assign_probas = array("assign_probas", "float64", "How likely each level is.")
    entry_point = description("entryPoint", "The vector where searches begin, or -1.")
    max_level = description("maxLevel", "The highest level, counted from 0, or -1.")

    def cum_nb_neighbors(self, layer_no):
        """Links of a vector on all levels below one."""
        return int(self.cum_nneighbor_per_level[layer_no])

    def nb_neighbors(self, layer_no):
        """Links of a vector on a level, at most."""
        return self.cum_nb_neighbors(layer_no + 1) - self.cum_nb_neighbors(layer_no)
