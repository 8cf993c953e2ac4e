"""`vicinal search` over faiss's files of binary vectors; what other commands say of such files."""

import json

import faiss
import numpy as np
import pytest
from support import clustered, save

BITS, N, K = 64, 3000, 10


@pytest.fixture(scope="module")
def rows():
    """Vectors of bits with close neighbours, and queries like them."""
    bits = clustered(N + 40, BITS, seed=5) > 0
    packed = np.packbits(bits, axis=1, bitorder="little")
    return packed[:N], packed[N:]


def from_float():
    return faiss.IndexBinaryFromFloat(faiss.IndexFlatL2(BITS))


def hashed():
    index = faiss.IndexBinaryHash(BITS, 12)
    index.nflip = 2
    return index


def multi_hashed():
    index = faiss.IndexBinaryMultiHash(BITS, 3, 16)
    index.nflip = 1
    return index


def by_factory(key, ids=False):
    def make():
        index = faiss.index_binary_factory(BITS, key)
        return faiss.IndexBinaryIDMap2(index) if ids else index
    return make


# Each with the parameters that faiss sets by fields, and how.
KINDS = {
    "flat": (by_factory("BFlat"), {}),
    "ivf": (by_factory("BIVF16"), {"nprobe": 5}),
    "ivf_hnsw": (by_factory("BIVF16_HNSW16"), {"nprobe": 6}),
    "hnsw": (by_factory("BHNSW16"), {"efSearch": 300}),
    "idmap": (by_factory("BFlat", ids=True), {}),
    "from_float": (from_float, {}),
    "hash": (hashed, {"nflip": 1}),
    "multi_hash": (multi_hashed, {"nflip": 0}),
}


@pytest.fixture(scope="module")
def written(rows, tmp_path_factory):
    """The index of a kind, and its file."""
    folder = tmp_path_factory.mktemp("binary")
    made = {}

    def pair(kind):
        if kind not in made:
            index = KINDS[kind][0]()
            index.train(rows[0])
            if kind == "idmap":
                index.add_with_ids(rows[0], np.arange(N) * 7 + 3)
            else:
                index.add(rows[0])
            path = folder / f"{kind}.index"
            faiss.write_index_binary(index, str(path))
            made[kind] = index, path
        return made[kind]

    return pair


@pytest.fixture
def search_bits(vicinal, tmp_path):
    """Searches with rows of bytes and returns ids and distances."""

    def run(path, queries, k, *options):
        ids, distances = tmp_path / "ids.npy", tmp_path / "distances.npy"
        vicinal("search", "--index-path", path, "--queries", save(tmp_path / "q.npy", queries),
                "-k", k, "--output-ids", ids, "--output-distances", distances, *options)
        return np.load(ids), np.load(distances)

    return run


def set_by_field(index, name, value):
    index = faiss.downcast_IndexBinary(index)
    setattr(index.hnsw if name == "efSearch" else index, name, value)


def assert_same(found, wanted, kind):
    """Equal but for the order of equal distances, of which the last may be cut."""
    (ids, distances), (faiss_distances, faiss_ids) = found, wanted
    assert ids.dtype == np.int64 and distances.dtype == np.int32
    if "hnsw" in kind:
        # Walks of both meet equal distances in other orders, and so other cells or neighbours.
        assert (distances == faiss_distances).mean() > 0.93
        return
    np.testing.assert_array_equal(distances, faiss_distances)
    for row in range(len(ids)):
        inner = distances[row] < distances[row, -1]
        assert set(ids[row, inner]) == set(faiss_ids[row, inner])


@pytest.mark.parametrize("memory_map", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_faiss(written, rows, search_bits, kind, memory_map):
    index, path = written(kind)
    options = ("--memory-map",) if memory_map else ()
    plain = search_bits(path, rows[1], K, *options)
    assert_same(plain, index.search(rows[1], K), kind)
    for name, value in KINDS[kind][1].items():
        before = faiss.read_index_binary(str(path))
        set_by_field(before, name, value)
        found = search_bits(path, rows[1], K, *options, "--index-param", f"{name}={value}")
        assert_same(found, before.search(rows[1], K), kind)
        if "hnsw" not in kind:
            assert (found[1] != plain[1]).any(), "the parameter must matter"


@pytest.mark.parametrize("kind", ["flat", "idmap", "ivf"])
def test_more_neighbours_than_there_are(written, rows, search_bits, kind):
    index, path = written(kind)
    assert_same(search_bits(path, rows[1][:3], N + 5), index.search(rows[1][:3], N + 5), kind)
    ids, distances = search_bits(path, rows[1][:3], N + 5)
    assert (ids[:, -5:] == -1).all() and (distances[:, -5:] == 2**31 - 1).all()


def test_text_json_and_limit(vicinal, written, rows, tmp_path):
    index, path = written("flat")
    queries = save(tmp_path / "q.npy", rows[1])
    asked = ("search", "--index-path", path, "--queries", queries, "-k", 4, "--limit", 3)
    distances, ids = index.search(rows[1][:3], 4)
    shown = json.loads(vicinal(*asked, "--json").stdout)
    assert [[found["distance"] for found in row] for row in shown] == distances.tolist()
    assert all(type(found["distance"]) is int for row in shown for found in row)
    lines = vicinal(*asked, "--verbose", 40).stdout.splitlines()
    assert len(lines) == 3
    for row, line in enumerate(lines):
        assert line.startswith(f"query {row}: ")
        wanted = [f"({distance})" for distance in distances[row]]
        assert [part.split(" ")[1] for part in line.split(": ")[1].split(", ")] == wanted


@pytest.mark.parametrize(("queries", "code", "words"), [
    (np.zeros((3, 7), "u1"), 65, ["7 bytes", "8 (64 bits)"]),
    (np.zeros((3, 64), "u1"), 65, ["64 bytes"]),
    (np.zeros((3, 8), "f4"), 69, ["f4", "u1"]),
    (np.zeros((3, 64), "f4"), 69, ["f4", "u1"]),
    (np.zeros((3, 8), "i1"), 69, ["i1", "u1"]),
    (np.zeros((3, 2), "i4"), 69, ["i4", "u1"]),
])
def test_queries_that_do_not_fit(vicinal, written, tmp_path, queries, code, words):
    path = save(tmp_path / "q.npy", queries)
    done = vicinal("search", "--index-path", written("flat")[1], "--queries", path, code=code)
    assert all(word in done.stderr for word in [*words, "q.npy"])
    assert done.stdout == ""


@pytest.mark.parametrize(("kind", "parameter", "code", "word"), [
    ("flat", "nprobe=3", 69, "nprobe"), ("ivf", "efSearch=3", 69, "nprobe"),
    ("hnsw", "efSearch=0", 64, "efSearch"), ("hnsw", "nflip=1", 69, "efSearch"),
    ("ivf", "nprobe=1.5", 64, "nprobe"), ("ivf", "nprobe=2,nprobe=3", 64, "twice"),
    ("hash", "nflip=13", 64, "0…12"), ("hash", "nflip=-1", 64, "nflip"),
    ("multi_hash", "nflip=17", 64, "0…16"), ("hash", "speed=1", 64, "speed"),
    ("from_float", "nprobe=2", 69, "nprobe"),
])
def test_parameters_that_do_not_fit(vicinal, written, rows, tmp_path, kind, parameter, code, word):
    done = vicinal("search", "--index-path", written(kind)[1], "--queries",
                   save(tmp_path / "q.npy", rows[1]), "--index-param", parameter, code=code)
    assert word in done.stderr


def test_other_commands(vicinal, written, rows, tmp_path):
    path = written("ivf")[1]
    shown = json.loads(vicinal("describe", path, "--json").stdout)
    assert (shown["className"], shown["count"]) == ("IndexBinaryIVF", N)
    done = vicinal("score-index", "--index-path", path, "--embeddings",
                   save(tmp_path / "x.npy", rows[0]), code=69, cwd=tmp_path)
    assert "binary" in done.stderr and "vicinal search" in done.stderr
    done = vicinal("build-index", "--embeddings", save(tmp_path / "x.npy", rows[0]), "--index-key",
                   "BIVF16", "--index-path", tmp_path / "y.index", code=69, cwd=tmp_path)
    assert "BIVF16" in done.stderr


def test_damaged_binary_files(vicinal, written, rows, tmp_path):
    whole = written("ivf")[1].read_bytes()
    queries = save(tmp_path / "q.npy", rows[1])
    for size in (0, 3, 4, 40, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.index"
        path.write_bytes(whole[:size])
        vicinal("search", "--index-path", path, "--queries", queries, code=65)
