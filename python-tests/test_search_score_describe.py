"""`vicinal search`, `score-index` and `describe`."""

import json
import os

import numpy as np
import pytest
from support import METRICS, brute_force, clustered, parameters, recall, save

RECALLS = {"1-recall@20": (1, 20), "1-recall@40": (1, 40), "10-recall@10": (10, 10),
           "20-recall@20": (20, 20), "40-recall@40": (40, 40)}


@pytest.fixture
def query_path(data, tmp_path):
    """The queries of `data` as a file."""
    return save(tmp_path / "queries.npy", data[1])


@pytest.mark.parametrize("key", ["Flat", "IVF64,Flat", "HNSW32", "IDMap2,Flat"])
def test_more_neighbours_than_there_are(build, search, tmp_path, key):
    rows = clustered(70, 8, seed=3)
    path = save(tmp_path / "x.npy", rows)
    options = ("--index-param", "nprobe=64") if "IVF" in key else parameters(key)
    build(path, tmp_path / "x.index", "--index-key", key, "--metric-type", "l2", *options)
    ids, distances = search(tmp_path / "x.index", rows[:4], 90)
    assert ids.shape == distances.shape == (4, 90)
    assert (np.sort(ids[:, :70], axis=1) == np.arange(70)).all()
    assert (ids[:, 70:] == -1).all()
    # faiss writes the largest float here.
    assert (distances[:, 70:] >= np.finfo("f4").max).all()


@pytest.mark.parametrize("k", [10**12, 2**63 - 1])
def test_absurdly_many_neighbours(vicinal, built, query_path, k):
    vicinal("search", "--index-path", built("Flat", "l2"), "--queries", query_path, "-k", k,
            code=(64, 78), timeout=20)


def test_search_parameters_by_name(vicinal, built, query_path, search):
    path = built("IVF64_HNSW16,Flat", "l2")
    rows = np.load(query_path)
    one = search(path, rows, 10, "--param", "nprobe=1")
    wanted = search(path, rows, 10, "--param", "quantizer_efSearch=50,nprobe=64")
    assert (one[0] != wanted[0]).any()
    for text in ["nprobe=64,quantizer_efSearch=50", "efSearch=50,nprobe=64", "nprobe=64 efSearch=50"]:
        assert (search(path, rows, 10, "--index-param", text)[0] == wanted[0]).all()
    asked = ("search", "--index-path", path, "--queries", query_path, "--param")
    done = vicinal(*asked, "k_factor=3", code=69)
    assert "nprobe, quantizer_efSearch" in done.stderr
    for text in ["speed=3", "nprobe=1.5", "nprobe=2,nprobe=2"]:
        vicinal(*asked, text, code=64)


def test_hamming_thresholds(vicinal, build, search, data, data_path, query_path, tmp_path):
    path = tmp_path / "x.index"
    build(data_path, path, "--index-key", "IVF16,PQ8np", "--metric-type", "l2")
    rows = np.load(query_path)
    every = search(path, rows, 10, "--param", "nprobe=16")
    few = search(path, rows, 10, "--param", "nprobe=16,ht=8")
    assert (every[0] != few[0]).any()
    for off in (0, 64):
        assert (search(path, rows, 10, "--param", f"nprobe=16,ht={off}")[0] == every[0]).all()
    for text in ["nprobe=16,ht=4000", "ht=65", "ht=-1", "ht=1.5", "ht=inf", "ht=nan", "ht=0x10"]:
        done = vicinal("search", "--index-path", path, "--queries", query_path, "--param", text,
                       code=64)
        assert "ht" in done.stderr
    assert "0…64" in vicinal("search", "--index-path", path, "--queries", query_path, "--param",
                             "ht=65", code=64).stderr


def test_limit_and_json(vicinal, built, data, query_path, search):
    path = built("Flat", "l2")
    done = vicinal("search", "--index-path", path, "--queries", query_path, "-k", 4,
                   "--limit", 3, "--json")
    rows = json.loads(done.stdout)
    ids, distances = search(path, data[1][:3], 4)
    assert [[found["id"] for found in row] for row in rows] == ids.tolist()
    shown = [[found["distance"] for found in row] for row in rows]
    np.testing.assert_allclose(shown, distances, rtol=1e-6)
    many = vicinal("search", "--index-path", path, "--queries", query_path, "--limit", 10**6,
                   "--json")
    assert len(json.loads(many.stdout)) == len(data[1])


def test_text_of_results(vicinal, built, query_path):
    done = vicinal("search", "--index-path", built("Flat", "l2"), "--queries", query_path,
                   "--k", 2, "--limit", 2, "--verbose", 40)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["query 0", "query 1"]
    assert all(line.count("(") == 2 for line in lines) and done.stderr == ""


def test_infinite_distances_are_valid_json(vicinal, build, tmp_path):
    # Neighbours are at finite distances, those behind them are not.
    vectors = clustered(50, 4, seed=1) * np.float32(1e25)
    path = save(tmp_path / "x.npy", np.repeat(vectors, 2, axis=0))
    build(path, tmp_path / "x.index", "--index-key", "Flat", "--metric-type", "l2")
    done = vicinal("search", "--index-path", tmp_path / "x.index", "--queries", path, "-k", 3,
                   "--limit", 2, "--json")
    assert len(json.loads(done.stdout)) == 2


@pytest.mark.parametrize("options", [
    ("-k", "0"), ("-k=-3",), ("--limit", "0"), ("--index-param", "speed=1"), ("--ef", "3"),
    ("--index-param", "nprobe=0"),
])
def test_wrong_usage_of_search(vicinal, built, query_path, options):
    vicinal("search", "--index-path", built("Flat", "l2"), "--queries", query_path, *options,
            code=64)


def test_results_that_cannot_be_written(vicinal, built, query_path, tmp_path):
    vicinal("search", "--index-path", built("Flat", "l2"), "--queries", query_path,
            "--output-ids", tmp_path / "no/ids.npy", code=74)


@pytest.fixture
def score(vicinal, data_path, tmp_path):
    """Scores an index over `data`."""

    def run(index_path, *options, embeddings=data_path):
        done = vicinal("score-index", "--index-path", index_path, "--embeddings", embeddings,
                       "--json", *options, cwd=tmp_path)
        scores = json.loads(done.stdout)
        assert json.loads((tmp_path / "infos.json").read_text()) == scores
        return scores

    return run


@pytest.mark.parametrize("metric", METRICS)
def test_an_exact_index_scores_1(score, built, query_path, metric):
    for options in ((), ("--queries", query_path)):
        scores = score(built("Flat", metric), *options)
        assert {name: scores[name] for name in RECALLS} == dict.fromkeys(RECALLS, 1)
        assert (scores["nb vectors"], scores["vectors dimension"]) == (5000, 48)
        assert 0 < scores["avg_search_speed_ms"] < 100


def expected_scores(ids, truth):
    """Each recall as its name says it, from found ids and true ids."""
    return {name: recall(truth[:, :many], ids[:, :first]) if first == 1
            else recall(ids[:, :first], truth[:, :many])
            for name, (first, many) in RECALLS.items()}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("key", "parameter"), [
    ("IVF64,Flat", "nprobe=1"), ("IVF64,Flat", "nprobe=7"), ("IVF64_HNSW16,Flat", "nprobe=2"),
    ("HNSW32", "efSearch=4"), ("IDMap,Flat", None),
])
def test_scores_with_queries_are_what_numpy_counts(
    score, search, built, data, query_path, key, parameter, metric
):
    options = ("--index-param", parameter) if parameter else ()
    ids, _ = search(built(key, metric), data[1], 40, *options)
    wanted = expected_scores(ids, brute_force(data[0], data[1], metric, 40))
    scores = score(built(key, metric), "--queries", query_path, *options)
    for name in RECALLS:
        # A graph asked for 41 keeps one candidate more than for 40.
        slack = 0.02 if "HNSW" in key else 1e-9
        assert scores[name] == pytest.approx(wanted[name], abs=slack), name


@pytest.mark.parametrize("metric", METRICS)
def test_scores_without_queries_leave_each_vector_out_of_its_own(
    score, search, build, tmp_path, metric
):
    rows, own = clustered(1200, 16, seed=8), np.arange(1200)
    embeddings, path = save(tmp_path / "x.npy", rows), tmp_path / "x.index"
    options = ("--index-param", "nprobe=2")
    build(embeddings, path, "--index-key", "IVF16,Flat", "--metric-type", metric, *options)
    ids, _ = search(path, rows, 41)
    others = np.array([row[row != me][:40] for row, me in zip(ids, own, strict=True)])
    wanted = expected_scores(others, brute_force(rows, rows, metric, 40, own=own))
    scores = score(path, "--query-count", 1200, embeddings=embeddings)
    for name in RECALLS:
        assert scores[name] == pytest.approx(wanted[name], abs=1e-4), name


def test_scoring_needs_the_same_vectors(vicinal, built, data, query_path, tmp_path):
    options = ("--index-path", built("Flat", "l2"), "--embeddings")
    done = vicinal("score-index", *options, query_path, code=65, cwd=tmp_path)
    assert "5000" in done.stderr and "200" in done.stderr
    wide = save(tmp_path / "wide.npy", clustered(5, 49, seed=1))
    vicinal("score-index", *options, save(tmp_path / "x.npy", data[0]), "--queries", wide, code=65,
            cwd=tmp_path)
    assert not (tmp_path / "infos.json").exists()


@pytest.mark.parametrize("dimension", [24, 32, 47, 96])
def test_queries_of_another_dimension(vicinal, built, data_path, tmp_path, dimension):
    # 96 columns: as many floats as twice as many rows of 48.
    wrong = save(tmp_path / "wrong.npy", clustered(40, dimension, seed=1))
    index = ("--index-path", built("Flat", "l2"))
    for command in (("score-index", "--embeddings", data_path), ("search",)):
        done = vicinal(*command, *index, "--queries", wrong, code=65, cwd=tmp_path)
        assert str(dimension) in done.stderr and "48" in done.stderr
        assert done.stdout == "" and not (tmp_path / "infos.json").exists()


def test_an_index_of_one_vector_scores_1(vicinal, build, tmp_path):
    path = save(tmp_path / "x.npy", clustered(1, 4, seed=1))
    build(path, tmp_path / "x.index")
    done = vicinal("score-index", "--index-path", tmp_path / "x.index", "--embeddings", path,
                   "--json", "--no-save-on-disk")
    assert {json.loads(done.stdout)[name] for name in RECALLS} == {1}


def test_results_replace_neither_each_other_nor_what_is_read(vicinal, built, query_path, tmp_path):
    index = tmp_path / "x.index"
    index.write_bytes(built("Flat", "l2").read_bytes())
    link = tmp_path / "link.npy"
    link.symlink_to(query_path)
    before = index.read_bytes(), query_path.read_bytes()
    search = ("search", "--index-path", index, "--queries", query_path)
    score = ("score-index", "--index-path", index, "--embeddings", query_path)
    same = ("--output-ids", tmp_path / "a.npy", "--output-distances", f"{tmp_path}/./a.npy")
    for arguments in [
        (*search, *same), (*search, "--output-ids", index), (*search, "--output-ids", query_path),
        (*search, "--output-distances", link),
    ]:
        assert "replace" in vicinal(*arguments, code=64).stderr
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")
    for place in (folder, tmp_path / "no/ids.npy", tmp_path / "pipe"):
        done = vicinal(*search, "--output-ids", place, code=74)
        assert str(place) in done.stderr and "per second" not in done.stderr
    vicinal(*score, "--output-index-info-path", index, code=(64, 65))
    assert (index.read_bytes(), query_path.read_bytes()) == before
    assert not (tmp_path / "a.npy").exists()


@pytest.mark.parametrize(("key", "facts"), [
    ("Flat", {"className": "IndexFlatL2"}),
    ("IVF64,Flat", {"className": "IndexIVFFlat", "listCount": 64, "probes": 7}),
    ("HNSW32", {"className": "IndexHNSWFlat", "links": 32, "efSearch": 77, "efConstruction": 40}),
    ("IDMap,Flat", {"className": "IndexIDMap"}),
    ("IDMap2,IVF64,Flat", {"className": "IndexIDMap2"}),
])
def test_describe(vicinal, built, key, facts):
    path = built(key, "l2")
    shown = json.loads(vicinal("describe", path, "--json").stdout)
    expected = {**facts, "dimension": 48, "count": 5000, "offset": 0, "isReadable": True}
    assert {name: shown[name] for name in expected} == expected
    assert shown["byteCount"] == path.stat().st_size
    text = vicinal("describe", path).stdout
    for word in (facts["className"], "dimension 48", "5000 vectors"):
        assert word in text
