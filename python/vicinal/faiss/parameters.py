"""Parameters of one search."""

from .._native.signatures import SearchOptions


class SearchParameters:
    """Which ids may be found: `sel`, an IDSelector."""

    _names = {}
    sel = None

    def __setattr__(self, name, value):
        if name[0] != "_" and name not in self._names and not hasattr(type(self), name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'.")
        object.__setattr__(self, name, value)

    def __init__(self, sel=None, **settings):
        self.sel = sel
        for name, value in settings.items():
            if name not in self._names:
                raise TypeError(f"{type(self).__name__} has no parameter '{name}'")
            setattr(self, name, value)

    def _fields(self):
        fields = {"finite_padding": 1}
        if self.sel is not None:
            fields["filter"] = self.sel._filter.number
        for name, field in self._names.items():
            value = getattr(self, name, None)
            if value is not None and not (name == "max_codes" and value == 0):
                fields[field] = value
        return fields

    def _options(self):
        options = SearchOptions(**self._fields())
        options._kept = self.sel  # lives as long as the options
        return options


class SearchParametersIVF(SearchParameters):
    """nprobe, max_codes, and quantizer_params for the index that finds the lists.

    What is not given is faiss's default, 1 and 0, and not what the index has.
    """

    _names = {"nprobe": "nprobe", "max_codes": "max_codes"}
    quantizer_params = None

    def __init__(self, sel=None, nprobe=1, max_codes=0, quantizer_params=None):
        super().__init__(sel, nprobe=nprobe, max_codes=max_codes)
        self.quantizer_params = quantizer_params

    def _fields(self):
        fields = super()._fields()
        if self.quantizer_params is not None:
            inner = self.quantizer_params._fields()
            for name in ("ef_search", "nprobe"):
                if name in inner:
                    fields["coarse_" + name] = inner.pop(name)
            if set(inner) - {"finite_padding"}:
                raise RuntimeError("quantizer_params may hold efSearch or nprobe and nothing else")
        return fields


class SearchParametersIVFPQ(SearchParametersIVF):
    """The same, and polysemous_ht."""

    _names = {**SearchParametersIVF._names, "polysemous_ht": "hamming_threshold"}

    def __init__(self, sel=None, nprobe=1, max_codes=0, quantizer_params=None,
                 polysemous_ht=None):
        super().__init__(sel, nprobe, max_codes, quantizer_params)
        self.polysemous_ht = polysemous_ht


class SearchParametersPQ(SearchParameters):
    """polysemous_ht; search_type follows from it."""

    _names = {"polysemous_ht": "hamming_threshold"}


class SearchParametersHNSW(SearchParameters):
    """efSearch, 16 unless given, whatever the index has."""

    _names = {"efSearch": "ef_search"}

    def __init__(self, sel=None, efSearch=16):
        super().__init__(sel, efSearch=efSearch)


class RaBitQSearchParameters(SearchParameters):
    """qb, the bits of each coordinate of a query, 0 for floats; what is not given is as the index has
    it."""

    _names = {"qb": "query_bits"}


class IVFRaBitQSearchParameters(SearchParametersIVF):
    """The same for lists."""

    _names = {**SearchParametersIVF._names, "qb": "query_bits"}

    def __init__(self, sel=None, nprobe=1, max_codes=0, quantizer_params=None, qb=None):
        super().__init__(sel, nprobe, max_codes, quantizer_params)
        self.qb = qb


IVFSearchParameters = SearchParametersIVF
IVFPQSearchParameters = SearchParametersIVFPQ


class SearchParametersPreTransform(SearchParameters):
    """Those of the index inside: `index_params`."""

    index_params = None

    def __init__(self, index_params=None):
        super().__init__()
        self.index_params = index_params

    def _options(self):
        return (self.index_params or SearchParameters())._options()


SearchParametersIDMap = SearchParametersPreTransform


class IndexRefineSearchParameters(SearchParameters):
    """k_factor, and base_index_params for the index whose best are compared again."""

    _names = {"k_factor": "refine_factor"}
    base_index_params = None

    def __init__(self, k_factor=None, base_index_params=None):
        super().__init__(k_factor=k_factor)
        self.base_index_params = base_index_params

    def _fields(self):
        inner = self.base_index_params._fields() if self.base_index_params is not None else {}
        return {**inner, **super()._fields()}
