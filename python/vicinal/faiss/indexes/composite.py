"""Indexes made of others."""

import ctypes
import weakref

from ..._native import lib
from ..._native.objects import make
from ..arrays.sequence import Sequence
from ..transforms import transform_face
from .base import Index
from .contents import array
from .faces import _inside, view
from .flat import IndexFlat
from .knobs import knob

ID_MAP, ID_MAP_2, TRANSFORMED, REFINED, SHARDS, SHARDS_WITH_IDS, REPLICAS = range(7)


def compose(kind, parts):
    """An index of the library made of others."""
    numbers = (ctypes.c_uint64 * max(1, len(parts)))(*(part.number for part in parts))
    return make(lib.vicinal_index_compose, kind, len(parts), ctypes.addressof(numbers))


class _Wrapper(Index):
    """An index around one other."""

    index = _inside("inner", "", "What is inside, as a view.")

    def _wrap(self, kind, index, *others):
        self._adopt(compose(kind, [*others, index._here()]))
        type(self).index.take(self, index)

    own_fields = property(lambda self: True, lambda self, value: None,
                          doc="Kept for faiss's sake: nothing has to be freed.")


class IndexIDMap(_Wrapper):
    """Ids of the caller's own for any index."""

    _kind = ID_MAP
    id_map = array("id_map", "int64", "The id of each vector inside, as a copy.")

    def __init__(self, index):
        if index.ntotal:
            raise RuntimeError("the index must be empty on input")
        self._wrap(self._kind, index)


class IndexIDMap2(IndexIDMap):
    """The same, and vectors are given back by id."""

    _kind = ID_MAP_2


class IndexPreTransform(_Wrapper):
    """Vectors are transformed on their way in. `IndexPreTransform(transform, index)`."""

    def __init__(self, *parts):
        if len(parts) == 1:
            parts = ((), *parts)
        transforms, index = parts[:-1], parts[-1]
        if len(transforms) == 1 and not hasattr(transforms[0], "_handle"):
            transforms = ()
        self._wrap(TRANSFORMED, index, *(transform._taken() for transform in transforms))

    def prepend_transform(self, transform):
        """Puts another transform in front."""
        chain = [transform._taken(), *(own._handle for own in self.chain)]
        inner = self.index._here()
        handle = compose(TRANSFORMED, [*chain, inner])
        del inner
        self._adopt(handle)

    @property
    def chain(self):
        """Copies of the transforms, in the order in which they are applied."""
        found = Sequence()
        handle = self._here()
        while True:
            try:
                found.append(transform_face(make(
                    lib.vicinal_index_get_transform, handle.number, len(found))))
                found[-1]._taken()
            except RuntimeError:
                return found

    def apply_chain(self, x):
        """The vectors as the index inside gets them."""
        for transform in self.chain:
            x = transform.apply(x)
        return x


class IndexRefine(_Wrapper):
    """An index, and one that compares its best again."""

    base_index = _inside("base", "", "The index whose best are compared again, as a view.")
    index = base_index
    refine_index = _inside("refiner", "", "The index that compares, as a view.")

    def __init__(self, base_index, refine_index):
        self._adopt(compose(REFINED, [base_index._here(), refine_index._here()]))
        type(self).base_index.take(self, base_index)
        type(self).refine_index.take(self, refine_index)

    k_factor = knob("k_factor_rf", float, doc="How many times k candidates are compared again.")


class IndexRefineFlat(IndexRefine):
    """An index whose best are compared by the vectors themselves."""

    def __init__(self, base_index, xb=None):
        flat = IndexFlat(base_index.d, base_index.metric_type)
        if xb is not None:
            flat.add(xb)
        elif base_index.ntotal:
            raise RuntimeError("the base index must be empty, unless its vectors are given too")
        super().__init__(base_index, flat)


class _Group(Index):
    """An index made of several of the same dimension."""

    def __init__(self, d=None, threaded=False, successive_ids=True):
        self._parts = []
        self._shape = (d if isinstance(d, int) else None, bool(successive_ids))
        self._handle = None
        self._d = d if isinstance(d, int) else 0

    def _kind(self):
        raise NotImplementedError

    def _add_part(self, index):
        handles = [index._here()]
        if self._handle is not None:
            handles = [make(lib.vicinal_index_part, self._handle.number, str(i).encode())
                       for i in range(len(self._parts))] + handles
        self._adopt(compose(self._kind(), handles))
        index._enter(self, str(len(self._parts)))
        self._parts.append(weakref.ref(index))

    def _here(self):
        if self._handle is None:
            raise RuntimeError("there is no index inside yet")
        return super()._here()

    def _writable(self):
        self._here()
        return super()._writable()

    @property
    def ntotal(self):
        """Vectors held."""
        return self._info().count if self._handle is not None else 0

    def _remove_part(self, index):
        """Puts the others together anew; the index gets a life of its own."""
        alive = [part() for part in self._parts]
        place = next((i for i, part in enumerate(alive) if part is index), None)
        if place is None:
            raise RuntimeError("the index is not inside this one")
        handles = [make(lib.vicinal_index_part, self._handle.number, str(i).encode())
                   for i in range(len(alive))]
        kept = handles[:place] + handles[place + 1:]
        if kept:
            self._adopt(compose(self._kind(), kept))
        else:
            self._handle = None
        index._parent = None
        index._adopt(handles[place])
        del self._parts[place]
        for number, part in enumerate(part for part in alive if part is not index):
            if part is not None:
                part._parent = (self, str(number), "")

    def at(self, i):
        """Part i, as a view."""
        part = self._parts[i]()
        if part is None:
            part = view(self, str(range(len(self._parts))[i]), "")
            self._parts[i] = weakref.ref(part)
        return part

    def count(self):
        """How many parts there are."""
        return len(self._parts)


class IndexShards(_Group):
    """Several indexes that each hold some of the vectors."""

    def _kind(self):
        return SHARDS if self._shape[1] else SHARDS_WITH_IDS

    def add_shard(self, index):
        """Takes an index in; it is then a view."""
        self._add_part(index)

    def remove_shard(self, index):
        """Lets an index go, which keeps its vectors; those of later shards get other ids."""
        self._remove_part(index)

    addIndex = add_shard
    removeIndex = remove_shard


class IndexReplicas(_Group):
    """Several indexes that hold the same."""

    def _kind(self):
        return REPLICAS

    def add_replica(self, index):
        """Takes an index in; it is then a view."""
        self._add_part(index)

    def remove_replica(self, index):
        """Lets an index go."""
        self._remove_part(index)

    addIndex = add_replica
    removeIndex = remove_replica


__all__ = ["IndexIDMap", "IndexIDMap2", "IndexPreTransform", "IndexRefine", "IndexRefineFlat",
           "IndexReplicas", "IndexShards"]
