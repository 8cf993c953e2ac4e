"""What a build reads stays as it is, and what an index is not made of is refused."""

import faiss
import numpy as np
import pytest
from support import clustered, save

RAW = ("--metric-type", "l2", "--verbose", 40)


@pytest.fixture(scope="module")
def vectors():
    return clustered(3000, 16, seed=21)


@pytest.fixture
def path(tmp_path, vectors):
    return save(tmp_path / "in.npy", vectors)


def test_queries_are_not_replaced_by_the_index(vicinal, path, tmp_path, vectors):
    queries = save(tmp_path / "q.npy", vectors[:50])
    before = queries.read_bytes()
    done = vicinal("build-index", "--embeddings", path, "--queries", queries, "--index-key", "Flat",
                   "--index-path", queries, *RAW, code=64, cwd=tmp_path)
    assert "q.npy" in done.stderr and queries.read_bytes() == before


def test_a_trained_index_is_not_replaced(vicinal, path, tmp_path, vectors):
    trained = faiss.index_factory(16, "IVF16,Flat")
    trained.train(vectors)
    place = tmp_path / "out/in.npy/knn.index"
    place.parent.mkdir(parents=True)
    faiss.write_index(trained, str(place))
    before = place.read_bytes()
    vicinal("build-partitioned-indexes", "--partitions", path, "--output-root-dir", tmp_path / "out",
            "--index-key", "IVF16,Flat", "--index-path", place, *RAW, code=64)
    assert place.read_bytes() == before


@pytest.mark.parametrize(("made", "key"), [
    ("IVF16,Flat", "IVF16,PQ8"), ("IVF16,Flat", "PCA8,IVF16,Flat"), ("IVF16,PQ4", "IVF16,Flat"),
    ("OPQ4_8,IVF16,PQ4", "OPQ8,IVF16,PQ8"), ("IVF16,PQ8", "IVF16,PQ8"),
    ("OPQ4_8,IVF16,PQ4", "OPQ4_8,IVF16,PQ4"), ("PCA8,IVF16,Flat", "PCA8,IVF16,Flat"),
])
def test_a_trained_index_is_what_the_key_says(vicinal, path, tmp_path, vectors, made, key):
    trained = faiss.index_factory(16, made)
    lists = faiss.downcast_index(faiss.extract_index_ivf(trained))
    if hasattr(lists, "do_polysemous_training"):
        # It takes seconds, and changes nothing that is looked at.
        lists.do_polysemous_training = False
    trained.train(vectors)
    faiss.write_index(trained, str(tmp_path / "trained"))
    vicinal("build-partitioned-indexes", "--partitions", path, "--output-root-dir", tmp_path / "out",
            "--index-key", key, "--index-path", tmp_path / "trained", "--index-param", "nprobe=4", *RAW,
            code=0 if made == key else 64)


@pytest.mark.parametrize("key", ["IVF16,Flat", "OPQ4,IVF16,PQ4", "IVF32,PQ8"])
def test_tuning_an_index_of_another_kind_is_refused(vicinal, build, path, tmp_path, key):
    build(path, tmp_path / "x.index", "--index-key", "IVF16,PQ8", "--index-param", "nprobe=2",
          "--metric-type", "l2")
    done = vicinal("tune-index", "--index-path", tmp_path / "x.index", "--index-key", key,
                   "--no-save-on-disk", code=64)
    assert key in done.stderr
    vicinal("tune-index", "--index-path", tmp_path / "x.index", "--index-key", "IVF16,PQ8",
            "--no-save-on-disk")


@pytest.mark.parametrize("make", ["parts", "faiss"])
def test_ids_that_are_no_rows_are_told(vicinal, build, path, tmp_path, vectors, make):
    if make == "parts":
        vicinal("build-index", "--embeddings", path, "--index-path", tmp_path / "p.index",
                "--index-infos-path", tmp_path / "p.json", "--index-key", "IVF16,Flat",
                "--index-param", "nprobe=4", "--nb-indices-to-keep", 2, *RAW)
        index, rows = tmp_path / "p.index1", vectors[1500:]
    else:
        made = faiss.index_factory(16, "IVF16,Flat")
        made.train(vectors)
        made.add_with_ids(vectors, np.arange(3000) * 3 + 5)
        index, rows = tmp_path / "f.index", vectors
        faiss.write_index(made, str(index))
    data, before = save(tmp_path / "rows.npy", rows), index.read_bytes()
    for program in ("score-index", "tune-index"):
        done = vicinal(program, "--index-path", index, "--embeddings", data, "--no-save-on-disk",
                       code=69)
        assert "ids" in done.stderr
    done = vicinal("build-index", "--append", "--embeddings", data, "--index-path", index,
                   "--index-infos-path", tmp_path / "a.json", *RAW, code=69)
    assert "ids" in done.stderr and index.read_bytes() == before
    # What the index keeps is judged by itself.
    vicinal("tune-index", "--index-path", index, "--no-save-on-disk")


def test_an_index_of_another_name_stays(vicinal, build, path, tmp_path):
    build(path, tmp_path / "z2", "--index-key", "Flat", "--metric-type", "l2")
    before = (tmp_path / "z2").read_bytes()
    done = vicinal("build-index", "--embeddings", path, "--index-path", tmp_path / "z",
                   "--index-infos-path", tmp_path / "z.json", "--index-key", "Flat",
                   "--nb-indices-to-keep", 2, "--metric-type", "l2")
    assert (tmp_path / "z2").read_bytes() == before and "z2 is an index too" in done.stderr


@pytest.mark.parametrize("wrong", ["dimension", "nan"])
def test_queries_are_looked_at_first(vicinal, path, tmp_path, vectors, wrong):
    queries = vectors[:20, :8].copy() if wrong == "dimension" else vectors[:20].copy()
    queries[3, 2] = np.nan if wrong == "nan" else 0
    done = vicinal("build-index", "--embeddings", path, "--queries", save(tmp_path / "q.npy", queries),
                   "--index-key", "IVF16,Flat", "--index-path", tmp_path / "x.index",
                   "--index-infos-path", tmp_path / "x.json", "--metric-type", "l2", code=65)
    assert "k-means" not in done.stderr and not (tmp_path / "x.index").exists()


def test_distances_that_overflow_are_told(vicinal, tmp_path, vectors):
    huge = save(tmp_path / "huge.npy", vectors * np.float32(1e30))
    for key in ((), ("--index-key", "IVF16,Flat")):
        done = vicinal("build-index", "--embeddings", huge, "--index-path", tmp_path / "x.index",
                       "--index-infos-path", tmp_path / "x.json", *key, *RAW, code=65)
        assert "float holds" in done.stderr
    # One such vector among others does no harm.
    vectors = vectors.copy()
    vectors[7] *= np.float32(1e30)
    vicinal("build-index", "--embeddings", save(tmp_path / "one.npy", vectors), "--index-path",
            tmp_path / "x.index", "--index-infos-path", tmp_path / "x.json", "--index-key", "Flat", *RAW)


def test_no_ids_without_saving(vicinal, tmp_path, vectors):
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors[:200].ravel()), 16)
    pq.write_table(pa.table({"embedding": column, "name": [str(n) for n in range(200)]}),
                   tmp_path / "x.parquet")
    vicinal("build-index", "--embeddings", tmp_path / "x.parquet", "--no-save-on-disk", "--ids-path",
            tmp_path / "ids", "--id-columns", "name", *RAW)
    assert not (tmp_path / "ids").exists()
