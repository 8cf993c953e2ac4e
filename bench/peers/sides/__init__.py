"""The engines that are compared, each with the same operations."""


def make(name):
    """The side of a name; imports only what it needs."""
    if name in ("vicinal", "faiss"):
        from .factory_strings import FactoryStrings
        return FactoryStrings(name)
    if name == "hnswlib":
        from .hnswlib_graph import HNSWLibGraph
        return HNSWLibGraph()
    if name == "usearch":
        from .usearch_graph import USearchGraph
        return USearchGraph()
    if name == "svs":
        from .svs_graph import SVSGraph
        return SVSGraph()
    raise ValueError(f"no side is called {name}")
