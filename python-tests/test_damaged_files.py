"""Damaged and missing index files end in an error with the right exit code, never in a crash."""

import faiss
import numpy as np
import pytest
from support import clustered, save

VECTORS = clustered(300, 8, seed=9)
KEYS = ("Flat", "IVF8,Flat", "HNSW8", "IDMap,Flat", "L2norm,IVF8_HNSW4,Flat")


@pytest.fixture(scope="module")
def intact():
    """The bytes of a good file of each kind."""

    def make(key):
        index = faiss.index_factory(8, key)
        index.train(VECTORS)
        if "IDMap" in key:
            index.add_with_ids(VECTORS, np.arange(300))
        else:
            index.add(VECTORS)
        return faiss.serialize_index(index).tobytes()

    return {key: make(key) for key in KEYS}


@pytest.fixture
def try_search(vicinal, tmp_path):
    """Searches bytes as an index file, loaded or mapped."""
    queries = save(tmp_path / "queries.npy", VECTORS[:5])

    def run(content, code, *options):
        path = tmp_path / "damaged.index"
        path.write_bytes(content)
        return vicinal(
            "search", "--index-path", path, "--queries", queries, *options, code=code)

    return run


@pytest.mark.parametrize("key", KEYS)
def test_cut_off_files_are_bad_data(intact, try_search, key):
    content = intact[key]
    for length in (0, 3, 4, 20, len(content) // 2, len(content) - 1):
        done = try_search(content[:length], 65)
        assert "damaged.index" in done.stderr


@pytest.mark.parametrize("content", [b"", b"hello world, this is no index" * 9, bytes(500)],
                         ids=["empty", "text", "zeros"])
def test_other_content_is_bad_data(try_search, vicinal, tmp_path, content):
    try_search(content, 65)
    vicinal("describe", tmp_path / "damaged.index", code=65)


@pytest.mark.parametrize("mapped", [False, True], ids=["loaded", "mapped"])
@pytest.mark.parametrize("key", KEYS)
def test_changed_bytes_never_crash(intact, try_search, key, mapped):
    rng = np.random.default_rng(len(key) + mapped)
    for _ in range(12):
        content = bytearray(intact[key])
        # Most of a file is vectors, where any byte is valid; the structure is at its ends.
        place = int(rng.integers(400)) * int(rng.choice([1, -1]))
        content[place] = int(rng.choice([0, 1, 127, 128, 255]))
        done = try_search(bytes(content), None, *["--memory-map"] * mapped)
        assert done.returncode in (0, 65, 69), f"byte {place}: {done.stderr[-1500:]}"


def test_missing_files_cannot_be_read(vicinal, tmp_path):
    queries = save(tmp_path / "queries.npy", VECTORS[:5])
    missing = tmp_path / "missing.index"
    for arguments in (
        ("search", "--index-path", missing, "--queries", queries),
        ("score-index", "--index-path", missing, "--embeddings", queries),
        ("describe", missing),
        ("describe", tmp_path),
    ):
        done = vicinal(*arguments, code=74)
        assert str(arguments[-1 if arguments[0] == "describe" else 2]) in done.stderr


def test_queries_that_do_not_fit_are_bad_data(intact, vicinal, tmp_path):
    path = tmp_path / "good.index"
    path.write_bytes(intact["Flat"])
    wide = save(tmp_path / "wide.npy", clustered(3, 9, seed=1))
    done = vicinal("search", "--index-path", path, "--queries", wide, code=65)
    assert "8" in done.stderr and "9" in done.stderr
    holes = VECTORS[:3].copy()
    holes[1, 4] = np.nan
    vicinal("search", "--index-path", path, "--queries", save(tmp_path / "nan.npy", holes), code=65)
