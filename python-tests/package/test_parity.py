"""The same program over vicinal.faiss and faiss: same shapes, types, padding, ids and distances.

Each case is a function of the module and some data that returns arrays and numbers. What is exact
must be equal; what is trained may differ in detail and says how much must agree.
"""

import numpy as np
import pytest

from support import clustered
from under_test import ours, theirs

D, N, Q, K = 24, 1500, 20, 10
XB = clustered(N, D, 1)
XQ = clustered(Q, D, 1, part=1)
BITS = np.random.default_rng(3).integers(0, 256, (400, 8), dtype=np.uint8)
IDS = np.arange(N, dtype=np.int64) * 3 + 100

EXACT = {}
TRAINED = {}


def exact(function):
    EXACT[function.__name__] = function
    return function


def filled(f, key, metric=1, ids=None, d=D):
    index = f.index_factory(d, key, metric)
    index.train(XB)
    index.add(XB) if ids is None else index.add_with_ids(XB, ids)
    return index


@exact
def flat_l2(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return [*index.search(XQ, K), index.ntotal, index.d, index.is_trained, index.metric_type]


@exact
def flat_ip(f):
    index = f.IndexFlatIP(D)
    index.add(XB)
    return [*index.search(XQ, K), index.metric_type]


@exact
def flat_other_metrics(f):
    found = []
    for metric in (f.METRIC_L1, f.METRIC_Linf, f.METRIC_Canberra):
        index = f.IndexFlat(D, metric)
        index.add(XB)
        found += index.search(XQ[:3], 4)
    return found


@exact
def flat_lp(f):
    index = f.IndexFlat(D, f.METRIC_Lp)
    index.metric_arg = 3.0
    index.add(XB)
    return index.search(XQ[:3], 4)


@exact
def padding(f):
    found = []
    for metric in (0, 1):
        index = f.IndexFlat(D, metric)
        index.add(XB[:3])
        found += index.search(XQ, 5)
        found += f.knn(XQ, XB[:3], 5, metric)
    return found


@exact
def empty_index(f):
    return f.IndexFlatL2(D).search(XQ, 3)


@exact
def no_queries(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return index.search(XQ[:0], 3)


@exact
def adding_nothing(f):
    index = f.IndexFlatL2(D)
    index.add(XB[:0])
    return [index.ntotal]


@exact
def other_types_and_layouts(f):
    index = f.IndexFlatL2(D)
    index.add(XB.astype(np.float64))
    index.add(np.asfortranarray(XB))
    index.add(XB[::2])
    index.add(XB.astype(np.float16))
    return [index.ntotal, *index.search(np.asfortranarray(XQ.astype(np.float64)), 3)]


@exact
def results_into_given_arrays(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    distances, ids = np.empty((Q, K), np.float32), np.empty((Q, K), np.int64)
    index.search(XQ, K, D=distances, I=ids)
    return [distances, ids]


@exact
def range_search_l2(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    lims, distances, ids = index.range_search(XQ, 40.0)
    order = np.concatenate([np.argsort(ids[a:b]) + a for a, b in zip(lims[:-1].astype(int),
                                                                     lims[1:].astype(int))])
    return [lims, distances[order], ids[order]]


@exact
def range_search_of_nothing(f):
    index = f.IndexFlatIP(D)
    index.add(XB)
    return list(index.range_search(XQ, 1e9))


@exact
def reconstructing(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return [index.reconstruct(7), index.reconstruct_n(5, 3), index.reconstruct_n(),
            index.reconstruct_batch([4, 0, 9])]


@exact
def search_and_reconstruct(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return list(index.search_and_reconstruct(XQ, 3))


@exact
def assigning(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return [index.assign(XQ, 1), index.assign(XQ, 3)]


@exact
def removing_a_range(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    return [index.remove_ids(f.IDSelectorRange(100, 1200)), index.ntotal, *index.search(XQ, 3)]


@exact
def removing_ids(f):
    index = f.IndexIDMap2(f.IndexFlatL2(D))
    index.add_with_ids(XB, IDS)
    return [index.remove_ids(IDS[:50]), index.ntotal, *index.search(XQ, 3)]


@exact
def resetting(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    index.reset()
    index.add(XB[:5])
    return [index.ntotal, *index.search(XQ, 2)]


@exact
def merging_flat(f):
    first, second = f.IndexFlatL2(D), f.IndexFlatL2(D)
    first.add(XB[:100])
    second.add(XB[100:300])
    first.merge_from(second)
    return [first.ntotal, second.ntotal, *first.search(XQ, 3)]


@exact
def codes_of_a_flat_index(f):
    index = f.IndexFlatL2(D)
    codes = index.sa_encode(XB[:5])
    return [index.sa_code_size(), codes, index.sa_decode(codes)]


@exact
def id_map(f):
    inner = f.IndexFlatL2(D)
    index = f.IndexIDMap(inner)
    index.add_with_ids(XB, IDS)
    return [*index.search(XQ, K), index.ntotal, inner.ntotal, index.index.ntotal]


@exact
def id_map_2(f):
    index = f.IndexIDMap2(f.IndexFlatL2(D))
    index.add_with_ids(XB, IDS)
    return [index.reconstruct(int(IDS[3])), *index.search(XQ, 2)]


@exact
def selectors(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    bitmap = np.zeros(N // 8 + 1, np.uint8)
    bitmap[::3] = 0x5A
    chosen = [
        f.IDSelectorRange(10, 700), f.IDSelectorBatch([5, 9, 700, 1499]),
        f.IDSelectorArray(np.arange(0, N, 7)), f.IDSelectorBitmap(bitmap),
        f.IDSelectorNot(f.IDSelectorRange(0, 1000)), f.IDSelectorAll()]
    low, high = f.IDSelectorRange(0, 800), f.IDSelectorRange(500, N)
    chosen += [f.IDSelectorAnd(low, high), f.IDSelectorOr(low, high), f.IDSelectorXOr(low, high)]
    found = []
    for selector in chosen:
        found += index.search(XQ, 4, params=f.SearchParameters(sel=selector))
        found.append([selector.is_member(i) for i in (0, 5, 9, 600, 1499)])
    return found


@exact
def normalized(f):
    x = XB.copy()
    f.normalize_L2(x)
    return [x]


@exact
def knn(f):
    return [*f.knn(XQ, XB, 5), *f.knn(XQ, XB, 5, metric=f.METRIC_INNER_PRODUCT),
            *f.knn(XQ[:2], XB[:50], 5, metric=f.METRIC_L1)]


@exact
def all_distances(f):
    return [f.pairwise_distances(XQ, XB[:30]),
            f.pairwise_distances(XQ, XB[:30], f.METRIC_INNER_PRODUCT),
            f.pairwise_distances(XQ, XB[:30], f.METRIC_L1)]


@exact
def intersections(f):
    a = np.arange(40).reshape(4, 10)
    return [f.eval_intersection(a, a[:, ::2])]


@exact
def remapping(f):
    found = []
    for width, uniform in ((40, True), (40, False), (11, True), (11, False)):
        found.append(f.RemapDimensionsTransform(D, width, uniform).apply(XB[:4]))
    return found


@exact
def normalization_transform(f):
    return [f.NormalizationTransform(D).apply(XB[:4])]


@exact
def transform_in_front(f):
    index = f.IndexPreTransform(f.RemapDimensionsTransform(D, 32, False), f.IndexFlatL2(32))
    index.add(XB)
    return [*index.search(XQ, 3), index.ntotal, index.d]


@exact
def cosine(f):
    index = f.index_factory(D, "L2norm,Flat", f.METRIC_INNER_PRODUCT)
    index.add(XB)
    return index.search(XQ, 3)


@exact
def shards(f):
    group = f.IndexShards(D)
    for part in (XB[:700], XB[700:]):
        index = f.IndexFlatL2(D)
        index.add(part)
        group.add_shard(index)
    return [group.ntotal, *group.search(XQ, 5)]


@exact
def replicas(f):
    group = f.IndexReplicas(D)
    for _ in range(2):
        index = f.IndexFlatL2(D)
        index.add(XB)
        group.addIndex(index)
    return [group.ntotal, *group.search(XQ, 5)]


@exact
def refined(f):
    index = f.IndexRefineFlat(f.IndexFlatL2(D))
    index.add(XB)
    index.k_factor = 4
    return [*index.search(XQ, 3), index.k_factor]


@exact
def cloned(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    copy = f.clone_index(index)
    index.reset()
    return [copy.ntotal, index.ntotal, *copy.search(XQ, 3)]


@exact
def binary_flat(f):
    index = f.IndexBinaryFlat(64)
    index.add(BITS)
    lims, _, _ = index.range_search(BITS[:5], 24)
    return [index.search(BITS[:9], 4)[0], index.ntotal, index.d, lims, index.reconstruct(3)]


@exact
def merged_results(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    found = [index.search(XQ, 4), index.search(XQ[::-1].copy(), 4)]
    return f.merge_knn_results(*(np.stack(each) for each in zip(*found)))


def trained(key, metric=1, least=0.7, **knobs):
    def run(f):
        index = filled(f, key, metric, ids=IDS if "IDMap" in key else None)
        for name, value in knobs.items():
            f.ParameterSpace().set_index_parameter(index, name, value)
        return index.search(XQ, K)[1], type(index).__name__, index.ntotal
    TRAINED[f"{key} {metric} {knobs}"] = (run, least)


trained("IVF16,Flat", nprobe=16, least=1)
trained("IVF16,Flat", 0, nprobe=16, least=1)
trained("IVF16,Flat", nprobe=2)
trained("IVF16,SQ8", nprobe=16, least=0.95)
trained("IVF8_HNSW16,Flat", nprobe=8, least=1)
trained("IVF16,PQ12x4np", nprobe=16, least=0.5)
trained("IVF16,PQ12x4fs", nprobe=16, least=0.5)
trained("PQ12x4np", least=0.5)
trained("PQ12x4fs", least=0.5)
trained("SQ8", least=0.98)
trained("SQ4", least=0.9)
trained("SQfp16", least=0.99)
trained("HNSW16", efSearch=100, least=0.98)
trained("HNSW16", 0, efSearch=100, least=0.9)
trained("HNSW16,SQ8", efSearch=100, least=0.95)
trained("PCA12,Flat", least=0.95)
trained("PCAR12,IVF8,Flat", nprobe=8, least=0.6)
trained("OPQ6_12,IVF8,PQ6x4np", nprobe=8, least=0.3)
trained("IVF8,PQ12x4np,RFlat", nprobe=8, k_factor_rf=8, least=0.9)
trained("IDMap2,IVF8,Flat", nprobe=8, least=1)
trained("LSH64r", least=0.15)
trained("IVF16,RaBitQ", nprobe=16, least=0.4)
trained("IMI2x3,Flat", nprobe=64, least=1)


def compare(a, b, name):
    assert type(a) is type(b) or not isinstance(b, np.ndarray), name
    if isinstance(b, np.ndarray):
        assert a.shape == b.shape and a.dtype == b.dtype, name
        if b.dtype == np.float32:
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-4, err_msg=name)
            return
    np.testing.assert_array_equal(a, b, err_msg=name)


@pytest.mark.parametrize("name", EXACT)
def test_exact(name):
    mine, reference = EXACT[name](ours), EXACT[name](theirs)
    assert len(mine) == len(reference)
    for place, (a, b) in enumerate(zip(mine, reference)):
        compare(a, b, f"{name}, result {place}")


@pytest.mark.parametrize("name", TRAINED)
def test_trained(name):
    run, least = TRAINED[name]
    (mine, kind, total), (reference, their_kind, their_total) = run(ours), run(theirs)
    assert (kind, total) == (their_kind, their_total)
    assert mine.shape == reference.shape and mine.dtype == reference.dtype
    shared = sum(len(np.intersect1d(a, b)) for a, b in zip(mine, reference)) / mine.size
    assert shared >= least, shared


def test_there_are_enough_cases():
    assert len(EXACT) + len(TRAINED) >= 60
