"""`vicinal search` finds in files that faiss wrote what faiss finds, or says why it cannot."""

import faiss
import numpy as np
import pytest
from support import assert_same_neighbours, assert_similar_neighbours, clustered, save

N, D, K = 2000, 24, 10

VECTORS = np.abs(clustered(N, D, seed=5)) + 0.1
QUERIES = np.abs(clustered(40, D, seed=5, part=1)) + 0.1

FLAT_METRICS = (
    "L2", "INNER_PRODUCT", "L1", "Linf", "Lp", "Canberra", "BrayCurtis", "JensenShannon",
    "Jaccard", "NaNEuclidean",
)


def flat(metric):
    """An exact index of any metric."""
    index = faiss.IndexFlat(D, getattr(faiss, f"METRIC_{metric}"))
    index.metric_arg = 3.0 if metric == "Lp" else 0.0
    index.add(VECTORS)
    return index


def made(key, metric=faiss.METRIC_L2, ids=None, **parameters):
    """An index from a factory string with all vectors, and search parameters."""
    index = faiss.index_factory(D, key, metric)
    if "PQ" in key:
        # It takes seconds, and changes nothing that is looked at.
        faiss.downcast_index(faiss.extract_index_ivf(index)).do_polysemous_training = False
    index.train(VECTORS)
    if ids is None:
        index.add(VECTORS)
    else:
        index.add_with_ids(VECTORS, ids)
    for name, value in parameters.items():
        faiss.ParameterSpace().set_index_parameter(index, name, value)
    return index


def with_direct_map(kind):
    """An inverted file with ids of its own that knows where each is."""
    ids = np.arange(N, dtype="i8") if kind == faiss.DirectMap.Array else OWN_IDS
    index = made("IVF32,Flat", ids=ids, nprobe=5)
    index.set_direct_map_type(kind)
    return index


OWN_IDS = np.random.default_rng(3).permutation(N).astype("i8") * 1_000_003 + 7
IP = faiss.METRIC_INNER_PRODUCT

EXACT = {
    **{f"flat {name}": (lambda name=name: flat(name)) for name in FLAT_METRICS},
    "ivf": lambda: made("IVF32,Flat", nprobe=5),
    "ivf ip": lambda: made("IVF32,Flat", IP, nprobe=5),
    "ivf direct map array": lambda: with_direct_map(faiss.DirectMap.Array),
    "ivf direct map hash": lambda: with_direct_map(faiss.DirectMap.Hashtable),
    "ivf of pq": lambda: made("IVF32,PQ6", nprobe=5),
    "ivf of sq": lambda: made("IVF32,SQ8", IP, nprobe=5),
    "id map": lambda: made("IDMap,Flat", ids=OWN_IDS),
    "id map 2": lambda: made("IDMap2,Flat", IP, ids=OWN_IDS),
    "id map of ivf": lambda: made("IDMap,IVF32,Flat", ids=OWN_IDS),
    "l2norm": lambda: made("L2norm,Flat", IP),
    "l2norm of ivf": lambda: made("L2norm,IVF32,Flat", IP, nprobe=5),
    "id map of l2norm": lambda: made("IDMap,L2norm,Flat", IP, ids=OWN_IDS),
    "empty": lambda: faiss.IndexFlatL2(D),
    "fewer than k": lambda: faiss.index_factory(D, "IDMap,Flat"),
}
GRAPHS = {
    "hnsw": lambda: made("HNSW16", efSearch=80),
    "hnsw ip": lambda: made("HNSW16", IP, efSearch=80),
    "hnsw of l2norm": lambda: made("L2norm,HNSW16", IP, efSearch=80),
    "ivf over hnsw": lambda: made("IVF32_HNSW8,Flat", nprobe=6),
}


@pytest.fixture(scope="module")
def file_of(tmp_path_factory):
    """The file of a named index, and the index."""
    folder = tmp_path_factory.mktemp("faiss")
    kept = {}

    def get(name):
        if name not in kept:
            index = {**EXACT, **GRAPHS}[name]()
            if name == "fewer than k":
                index.add_with_ids(VECTORS[:3], np.array([5, -8, 1 << 60]))
            path = folder / f"{name.replace(' ', '-')}.index"
            faiss.write_index(index, str(path))
            kept[name] = path, index
        return kept[name]

    return get


@pytest.mark.parametrize("mapped", [False, True], ids=["loaded", "mapped"])
@pytest.mark.parametrize("name", EXACT)
def test_finds_what_faiss_finds(file_of, search, name, mapped):
    path, index = file_of(name)
    distances, ids = index.search(QUERIES, K)
    found = search(path, QUERIES, K, *["--memory-map"] * mapped)
    assert_same_neighbours(found, (ids, distances))


@pytest.mark.parametrize("mapped", [False, True], ids=["loaded", "mapped"])
@pytest.mark.parametrize("name", GRAPHS)
def test_finds_nearly_what_faiss_finds_in_graphs(file_of, search, name, mapped):
    path, index = file_of(name)
    distances, ids = index.search(QUERIES, K)
    found = search(path, QUERIES, K, *["--memory-map"] * mapped)
    assert_similar_neighbours(found, (ids, distances))


@pytest.mark.parametrize(("name", "parameter", "expected"), [
    ("ivf", "nprobe=1", lambda i: i.search(QUERIES, K, params=faiss.SearchParametersIVF(nprobe=1))),
    ("ivf", "nprobe=32", lambda i: flat("L2").search(QUERIES, K)),
    ("ivf", "nprobe=1000", lambda i: flat("L2").search(QUERIES, K)),
])
def test_parameters_act_as_in_faiss(file_of, search, name, parameter, expected):
    path, index = file_of(name)
    distances, ids = expected(index)
    assert_same_neighbours(search(path, QUERIES, K, "--index-param", parameter), (ids, distances))


@pytest.mark.parametrize("most", [1, 10, 64, 200, 1999])
@pytest.mark.parametrize("name", ["ivf", "ivf ip", "ivf of pq", "ivf of sq"])
def test_a_limit_of_codes_cuts_the_last_list(file_of, search, name, most):
    path, index = file_of(name)
    parameters = faiss.SearchParametersIVF(nprobe=20, max_codes=most)
    distances, ids = index.search(QUERIES, K, params=parameters)
    assert most >= K or (ids[:, most:] < 0).all(), "the case proves nothing"
    found = search(path, QUERIES, K, "--index-param", f"nprobe=20,max_codes={most}")
    assert_same_neighbours(found, (ids, distances))


@pytest.mark.parametrize(("key", "kind"), [
    ("NSG16", "IndexNSGFlat"), ("RQ4x4fs_Nrq2x4", "IndexResidualQuantizerFastScan"),
    ("EDEN4", "IndexEDEN"),
])
def test_other_kinds_are_refused_by_name(vicinal, tmp_path, key, kind):
    path = tmp_path / "other.index"
    index = faiss.index_factory(D, key)
    index.train(VECTORS)
    index.add(VECTORS)
    faiss.write_index(index, str(path))
    queries = save(tmp_path / "q.npy", QUERIES)
    done = vicinal("search", "--index-path", path, "--queries", queries, code=69)
    assert kind in done.stderr
    assert done.stdout == ""


def test_binary_indexes_are_named_and_take_bytes_only(vicinal, tmp_path):
    path = tmp_path / "binary.index"
    faiss.write_index_binary(faiss.IndexBinaryFlat(64), str(path))
    done = vicinal("describe", path, code=None)
    assert "IndexBinaryFlat" in done.stdout + done.stderr
    queries = save(tmp_path / "q.npy", QUERIES)
    done = vicinal("search", "--index-path", path, "--queries", queries, code=None)
    assert done.returncode != 0 and "unsigned bytes (u1)" in done.stderr
