"""Choosing an index: `vicinal plan`, and the selection options of `build-index`."""

import json
import pathlib

import faiss
import numpy as np
import pytest
from support import clustered, save

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo/data/sift-photo-10k"
VERDICTS = {"chosen", "measured", "tooLarge", "tooSlowToBuild", "dominated", "notTried"}


@pytest.fixture(scope="module")
def plan(vicinal):
    """What `plan --json` prints."""

    def run(embeddings, *options):
        done = vicinal(
            "plan", "--embeddings", embeddings, "--json", "--verbose", 40, *options, timeout=120)
        return json.loads(done.stdout)

    return run


def test_a_plan_says_what_was_considered_and_why(plan):
    report = plan(DEMO / "base", "--metric-type", "l2", "--seed", 5)
    assert (report["method"], report["seed"], report["targetRecall"]) == ("measured", 5, 0.95)
    by_key = {candidate["key"]: candidate for candidate in report["candidates"]}
    assert len(by_key) == len(report["candidates"]) > 20
    assert {c["verdict"] for c in by_key.values()} <= VERDICTS
    assert all(c["reason"] for c in by_key.values())
    chosen = by_key[report["chosenKey"]]
    assert chosen["verdict"] == "chosen" and chosen["reason"] == report["reason"]
    point = max(chosen["predictedPoints"], key=lambda point: point["recall@10"])
    assert point["recall@10"] >= 0.95 and point["mean_ms"] < 10
    assert 0 < point["recall_interval"][0] <= point["recall_interval"][1] <= 1
    seen = report["statistics"]
    assert (seen["count"], seen["dimension"], seen["queriesAreGiven"]) == (10_000, 128, False)
    assert seen["sampleCount"] + seen["queryCount"] == 10_000


def test_a_plan_writes_nothing_and_prints_a_table(vicinal, tmp_path):
    done = vicinal("plan", "--embeddings", DEMO / "base", "--metric-type", "l2", cwd=tmp_path,
                   timeout=120)
    assert list(tmp_path.iterdir()) == []
    head = done.stdout.splitlines()[0].split()
    assert head == ["index", "file", "memory", "recall@10", "ms/query", "build", "setting",
                    "verdict"]
    assert "chosen: " in done.stdout and "held-out queries" in done.stdout


@pytest.mark.parametrize("bound", ["300K", "700K", "1500K", "3M"])
def test_a_tight_bound_brings_codes_that_faiss_reads(build, tmp_path, bound):
    path = tmp_path / "x.index"
    infos = build(DEMO / "base", path, "--metric-type", "l2", "--max-index-memory-usage", bound,
                  timeout=300)
    limit = int(bound[:-1]) * (1 << (10 if bound[-1] == "K" else 20))
    assert path.stat().st_size <= limit and infos["memory in bytes"] <= limit
    chosen = [c for c in infos["selection"]["candidates"] if c["verdict"] == "chosen"]
    assert [c["key"] for c in chosen] == [infos["index_key"]]
    assert chosen[0]["predictedFileBytes"] == pytest.approx(path.stat().st_size, rel=0.01)
    index = faiss.read_index(str(path))
    assert index.ntotal == 10_000
    queries = np.load(DEMO / "query.npy").astype("f4")[:100]
    assert (index.search(queries, 10)[1] >= 0).mean() > 0.95


def test_the_table_is_autofaiss_s(plan):
    for bound, mapped, key in [
        ("16G", (), "HNSW32,Flat"), ("5M", (), "OPQ64_192,IVF512,PQ64"),
        ("16G", ("--should-be-memory-mappable",), "IVF512,Flat"),
    ]:
        report = plan(DEMO / "base", "--selection", "table", "--max-index-memory-usage", bound,
                      *mapped)
        assert (report["method"], report["chosenKey"]) == ("table", key)


def test_real_queries_are_used_for_choosing_and_tuning(build, plan):
    given = ("--queries", DEMO / "query.npy")
    report = plan(DEMO / "base", "--metric-type", "l2", *given)
    assert report["statistics"]["queriesAreGiven"]
    infos = build(DEMO / "base", None, "--metric-type", "l2", "--index-key", "IVF64,Flat", *given)
    assert infos["10-recall@10"] >= 0.95


def test_an_impossible_bound_says_what_would_do(vicinal, data_path, tmp_path):
    for options in ((), ("--selection", "table")):
        arguments = ("--embeddings", data_path, "--max-index-memory-usage", "9K", *options)
        done = vicinal("build-index", *arguments, code=78, cwd=tmp_path)
        assert "9.0KB" in done.stderr and " bytes)" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_few_vectors_are_searched_exactly(build, tmp_path):
    path = save(tmp_path / "x.npy", clustered(3000, 16, seed=3))
    assert build(path, None)["index_key"] == "Flat"


def test_the_seed_decides_what_is_built(build, data_path, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build(data_path, tmp_path / name, "--index-key", "IVF64,Flat", "--index-param", "nprobe=4",
              "--seed", seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize("option", [
    ("--k", 0), ("--selection", "guess"), ("--max-build-time", "soon"), ("--max-build-time", "-1"),
    ("--target-recall", 1.5), ("--seed", -1),
])
def test_options_that_make_no_sense_are_wrong_usage(vicinal, data_path, tmp_path, option):
    for command in ("plan", "build-index"):
        vicinal(command, "--embeddings", data_path, *option, code=64, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_is_late_says_by_how_much(vicinal, data_path, tmp_path):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--index-key", "IVF16,Flat", "--metric-type", "l2",
        "--max-build-time", "0.001s", "--json", cwd=tmp_path)
    infos = json.loads(done.stdout)
    assert infos["warnings"][-1].startswith("building took ")
    assert " more than the 0.0 s allowed" in infos["warnings"][-1] and "warning: building took" in done.stderr
    assert any("training was cut short" in warning for warning in infos["warnings"])
    # Everything is there, and a parameter was found.
    assert infos["nb vectors"] == faiss.read_index(str(tmp_path / "knn.index")).ntotal
    assert infos["index_param"].startswith("nprobe=")


def test_a_time_limit_is_kept_by_choosing(plan):
    report = plan(DEMO / "base", "--metric-type", "l2", "--max-build-time", "1s")
    assert report["seconds"] < 5
