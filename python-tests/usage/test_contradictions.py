"""Options that contradict each other, the data or the index are errors before any work."""

import re

import numpy as np
import pytest
from support import clustered, save


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    """A file of 300 vectors."""
    return save(tmp_path_factory.mktemp("vectors") / "x.npy", clustered(300, 8, seed=1))


@pytest.fixture
def refused(vicinal, vectors, tmp_path):
    """Runs a build that must fail before anything is chosen, built or written."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(*options, code=64, embeddings=vectors):
        done = vicinal("build-index", "--embeddings", embeddings, *options, code=code, cwd=folder)
        assert done.stdout == "" and list(folder.iterdir()) == []
        assert not re.search("^(building|measuring|k-means|train|add)", done.stderr, re.MULTILINE)
        return done.stderr

    return run


@pytest.mark.parametrize(("options", "named"), [
    (("--should-be-memory-mappable", "--index-key", "HNSW16"), "--should-be-memory-mappable"),
    (("--should-be-memory-mappable", "--index-key", "Flat"), "--index-key"),
    (("--should-be-memory-mappable", "--index-key", "IDMap,HNSW16"), "--index-key"),
    (("--selection=table", "--index-key", "Flat"), "--selection"),
    (("--selection", "measured", "--index_key=Flat"), "--selection"),
    (("--append", "--selection=table"), "--selection"),
    (("--checkpoint-vectors", 100, "--index-key", "Flat"), "--resume"),
    (("--spark-master", "local[2]", "--index-key", "Flat"), "--distributed"),
    (("--vectors-per-task", 100, "--index-key", "Flat"), "--distributed"),
    (("--spark-python=python3", "--index-key", "Flat"), "--distributed"),
    (("--nb-indices-to-keep", 301, "--index-key", "Flat"), "300"),
    (("--nb_indices_to_keep=6000",), "nb-indices-to-keep"),
], ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "")
def test_contradictions(refused, options, named):
    assert named in refused(*options)


@pytest.mark.parametrize("options", [
    ("--k", 5, "--k", 7), ("--k=5", "--k=5"), ("--index_key=Flat", "--index-key", "HNSW8"),
    ("--json", "--json=False"), ("--param", "nprobe=4", "--index-param", "nprobe=5"),
    ("--metric-type", "None", "--metric_type=l2"),
], ids=lambda value: " ".join(map(str, value)))
def test_an_option_that_is_given_twice(refused, options):
    message = refused(*options)
    assert "twice" in message and str(options[-1]).split("=")[0].replace("_", "-") in message or (
        "--k" in message or "--metric-type" in message or "--index-" in message)


def test_several_files_may_be_given_one_by_one(vicinal, build, vectors, tmp_path):
    more = save(tmp_path / "y.npy", clustered(20, 8, seed=2))
    infos = build(vectors, tmp_path / "a.index", "--embeddings", more, "--index-key", "Flat")
    assert infos["nb vectors"] == 320
    build(more, tmp_path / "b.index", "--index-key", "Flat")
    vicinal("search", "--index-path", tmp_path / "a.index", "--index-path", tmp_path / "b.index",
            "--queries", more, "-k", 3)
    message = vicinal("search", "--index-path", tmp_path / "a.index", "--queries", more, "-k", 3,
                      "--k", 4, code=64).stderr
    assert "--k is given twice" in message


@pytest.mark.parametrize("options", [
    ("--max-index-query-time-ms", "inf"), ("--max-index-query-time-ms", "nan"),
    ("--max-index-query-time-ms", "1e400"), ("--target-recall", "inf"), ("--target-recall", "nan"),
    ("--max-build-time", "inf"), ("--max-build-time", "nan"), ("--max-build-time", "infm"),
    ("--max-index-memory-usage", "inf"), ("--current-memory-available", "nanG"),
    ("--max-index-memory-usage", "infG"), ("--index-param", "nprobe=inf"),
    ("--index-param", "nprobe=nan"), ("--index-param", "k_factor_rf=1e999"),
    ("--k", "inf"), ("--nb-cores", "nan"), ("--seed", "inf"),
], ids=" ".join)
def test_numbers_that_are_none(refused, options):
    assert options[0] in refused(*options, "--index-key", "IVF4,Flat") or "--index-param" in options


def test_more_neighbours_than_vectors_are_a_warning(vicinal, build, vectors, tmp_path):
    options = ("--index-key", "IVF4,Flat")
    infos = build(vectors, None, *options, "--min-nearest-neighbors-to-retrieve", 1000)
    assert any("1000" in warning and "300" in warning for warning in infos["warnings"])
    few = save(tmp_path / "few.npy", clustered(15, 8, seed=1))
    # Nobody asked for the default of 20.
    for path, more in ((few, ()), (vectors, ("--min-nearest-neighbors-to-retrieve", 300))):
        infos = build(path, None, *options, *more)
        assert not any("neighbors" in warning for warning in infos["warnings"])


def test_more_probes_than_lists_are_all_lists_as_in_faiss(build, search, vectors, tmp_path):
    rows = np.load(vectors)
    path = tmp_path / "x.index"
    infos = build(vectors, path, "--index-key", "IVF16,Flat", "--index-param", "nprobe=999",
                  "--metric-type", "l2")
    assert any("999" in warning and "16" in warning for warning in infos["warnings"])
    ids, _ = search(path, rows[:50], 20)
    all_lists, _ = search(path, rows[:50], 20, "--index-param", "nprobe=16")
    assert (ids == all_lists).all() and infos["10-recall@10"] == 1
    infos = build(vectors, path, "--index-key", "IVF16,Flat", "--index-param", "nprobe=16")
    assert not any("nprobe" in warning for warning in infos["warnings"])


def test_appending_to_an_index_of_another_kind(vicinal, build, vectors, tmp_path):
    path = tmp_path / "x.index"
    build(vectors, path, "--index-key", "Flat")
    before = path.read_bytes()

    def append(key, code):
        return vicinal(
            "build-index", "--append", "--embeddings", vectors, "--index-path", path,
            "--index-infos-path", f"{path}.json", "--index-key", key, code=code).stderr

    for key in ("IVF4,Flat", "HNSW16", "SQ8"):
        assert key in append(key, 64)
        assert path.read_bytes() == before
    append("Flat", 0)
    assert path.stat().st_size > len(before)


@pytest.mark.parametrize(("options", "code"), [
    (("--index-path", "{in}"), 64), (("--index-infos-path", "{in}"), 64),
    (("--index-path", "{file}/x.index"), 74), (("--report", "{file}/deep/x.html"), 74),
    (("--index-path", "s3://no-bucket-of-vicinal/x?endpoint_override=127.0.0.1:1&scheme=http"), 74),
])
def test_places_are_checked_before_an_index_is_chosen(refused, vectors, tmp_path, options, code):
    (tmp_path / "file").write_text("no folder")
    known = {"{in}": str(vectors), "{file}": str(tmp_path / "file")}
    for name, value in known.items():
        options = tuple(option.replace(name, value) for option in options)
    # Choosing would be announced.
    assert options[0].lstrip("-") in refused(*options, code=code) or code == 74


def test_folders_are_made_only_for_what_is_built(vicinal, vectors, tmp_path):
    options = ("build-index", "--embeddings", vectors, "--index-path", "a/b/x.index")
    vicinal(*options, "--max-index-memory-usage", "100B", code=78, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
    vicinal(*options, "--index-key", "Flat", cwd=tmp_path)
    assert (tmp_path / "a/b/x.index").exists()


def test_parquet_files_that_are_left_out_are_named(vicinal, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(b"columns")
    save(folder / "b.npy", clustered(50, 8, seed=1))
    options = ("build-index", "--embeddings", folder, "--index-key", "Flat", "--no-save-on-disk")
    done = vicinal(*options)
    assert "a.parquet" in done.stderr and "--file-format parquet" in done.stderr
    (folder / "c.parquet").write_bytes(b"more")
    assert "2 files" in vicinal(*options).stderr
    for others in (("--file-format", "npy"), ("--verbose", 30)):
        assert "parquet" not in vicinal(*options, *others).stderr
