"""Inverted files by their lists."""

from ..indexes.composite import IndexPreTransform


def search_preassigned(index_ivf, xq, k, list_nos, coarse_dis=None):
    """`search` among lists that were chosen before, (n, nprobe), with transforms in front if there are
    any. What the quantizer says of the lists is computed unless it is given."""
    if isinstance(index_ivf, IndexPreTransform):
        return search_preassigned(
            index_ivf.index, index_ivf.apply_chain(xq), k, list_nos, coarse_dis)
    return index_ivf.search_preassigned(xq, k, list_nos, coarse_dis)


_INSTEAD = {
    "add_preassigned": "add and add_with_ids find the lists of vectors; the quantizer's search is the same",
    "range_search_preassigned": "range_search chooses the lists itself, nprobe of them",
    "replace_ivf_quantizer": "make an index over another quantizer, which may hold the centroids already, "
                             "and move the vectors there",
    "permute_invlists": "lists keep the numbers of their centroids",
    "sort_invlists_by_size": "lists keep the numbers of their centroids"}


def __getattr__(name):
    hint = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
