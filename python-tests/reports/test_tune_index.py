"""`vicinal tune-index`, and the scores that score-index adds to AutoFaiss's."""

import json

import faiss
import numpy as np
import pytest
from support import brute_force, recall, save


@pytest.fixture
def query_path(data, tmp_path):
    """The queries of `data` as a file."""
    return save(tmp_path / "queries.npy", data[1])


def tune(vicinal, index_path, output, *options, code=0):
    """Runs the command and returns what it measured."""
    done = vicinal("tune-index", "--index-path", index_path, "--output-index-path", output,
                   "--json", "--verbose", 40, *options, code=code)
    return json.loads(done.stdout) if code == 0 else done.stderr


@pytest.mark.parametrize("key", ["IVF64,Flat", "HNSW16"])
def test_faiss_finds_the_parameters_and_their_recall(
    vicinal, built, data, data_path, query_path, tmp_path, key
):
    out = tmp_path / "tuned.index"
    infos = tune(vicinal, built(key, "l2"), out, "--embeddings", data_path, "--queries",
                 query_path, "--target-recall", 0.9)
    name, value = infos["index_param"].split("=")
    index = faiss.read_index(str(out))
    assert getattr(index if "IVF" in key else index.hnsw, name) == int(value)
    wanted = brute_force(*data, "l2", 10)
    found = recall(index.search(data[1], 10)[1], wanted)
    assert found == pytest.approx(infos["recall@10"], abs=0.02) and found >= 0.88
    assert infos["queries"]["given"] and infos["queries"]["count"] == len(data[1])
    low, high = infos["recall@10 interval"]
    assert low < infos["recall@10"] <= high
    assert infos["size in bytes"] == out.stat().st_size


def test_autofaiss_command_line(vicinal, built, tmp_path):
    path = built("IVF64,Flat", "ip")
    vicinal("tune_index", f"--index_path={path}", "--index_key=IVF64,Flat",
            "--index_param=nprobe=5", "--output_index_path=tuned.index", "--save_on_disk=True",
            "--min_nearest_neighbors_to_retrieve=20", "--max_index_query_time_ms=10.0",
            "--use_gpu=False", "--verbose=20", cwd=tmp_path)
    assert faiss.read_index(str(tmp_path / "tuned.index")).nprobe == 5
    assert [file.name for file in tmp_path.iterdir()] == ["tuned.index"]


def test_the_default_output(vicinal, built, tmp_path):
    done = vicinal("tune-index", "--index-path", built("IVF64,Flat", "l2"), cwd=tmp_path)
    assert "recall@10" in done.stdout and "nprobe=" in done.stdout
    assert (tmp_path / "tuned_knn.index").exists()


def test_in_place_with_infos_and_page(vicinal, build, data_path, tmp_path):
    path = tmp_path / "x.index"
    build(data_path, path, "--index-key", "IVF64,PQ12", "--metric-type", "l2", "--index-param",
          "nprobe=1")
    (tmp_path / "x.index.html").unlink()
    before = path.stat().st_size
    infos = tune(vicinal, path, path, "--target-recall", 1, "--index-infos-path",
                 tmp_path / "infos.json", "--report", tmp_path / "page.html")
    assert path.stat().st_size == before
    assert faiss.read_index(str(path)).nprobe > 1
    assert json.loads((tmp_path / "infos.json").read_text()) == infos
    assert infos["index_param"] in (tmp_path / "page.html").read_text()
    assert "codes" in infos["warnings"][0]


def test_without_vectors_to_give_back(vicinal, build, data_path, tmp_path):
    path = tmp_path / "x.index"
    build(data_path, path, "--index-key", "IVF64,PQ12,Refine(SQ8)", "--metric-type", "l2")
    assert "embeddings" in tune(vicinal, path, tmp_path / "y.index", code=69)
    assert not (tmp_path / "y.index").exists()
    infos = tune(vicinal, path, tmp_path / "y.index", "--embeddings", data_path)
    assert "nprobe" in infos["index_param"]


def test_wrong_usage(vicinal, built, data, query_path, tmp_path):
    path, out = built("IVF64,Flat", "l2"), tmp_path / "y.index"
    for options, code in [
        (("--index-key", "HNSW16"), 64), (("--index-key", "IVF63,Flat"), 64),
        (("--index-key", "what?"), 64), (("--index-param", "efSearch=3"), 69),
        (("--index-param", "speed=3"), 64), (("--queries", query_path), 64),
        (("--embeddings", query_path), 65), (("--embeddings", tmp_path / "no"), (65, 66, 74)),
        (("--use-gpu",), 64), (("--target-recall", 2), 64),
        (("--max-index-query-time-ms", 0), 64), (("--query-count", 0), 64),
    ]:
        message = tune(vicinal, path, out, *options, code=code)
        assert "rror" in message, options
        assert not out.exists()
    vicinal("tune-index", "--index-path", tmp_path / "missing", code=(65, 74))


def test_scores_beside_those_of_autofaiss(vicinal, built, data_path, query_path, tmp_path):
    path = built("IVF64,Flat", "l2")
    options = ("score-index", "--index-path", path, "--embeddings", data_path, "--verbose", 40)
    done = vicinal(*options, "--queries", query_path, "--json", cwd=tmp_path)
    scores = json.loads(done.stdout)
    assert scores["size in bytes"] == path.stat().st_size
    assert scores["compression ratio"] == pytest.approx(5000 * 48 * 4 / path.stat().st_size)
    assert scores["reconstruction error %"] == 0
    for k in (1, 10, 20, 100):
        low, high = scores[f"recall@{k} interval"]
        assert 0 <= low <= scores[f"recall@{k}"] <= high <= 1
    assert scores["50p_search_speed_ms"] <= scores["95p_search_speed_ms"]
    assert scores["queries"]["given"]
    assert "recall@100" in vicinal(*options, cwd=tmp_path).stdout


def test_scores_of_files_of_bytes_and_of_bounded_memory(vicinal, build, data, tmp_path):
    rows = np.clip(data[0] * 10 + 128, 0, 255).astype("u1")
    with open(tmp_path / "x.bvecs", "wb") as file:
        for row in rows:
            file.write(np.int32(len(row)).tobytes() + row.tobytes())
    build(tmp_path, tmp_path / "x.index", "--index-key", "SQ8", "--file-format", "bvecs",
          "--metric-type", "l2")
    options = ("score-index", "--index-path", tmp_path / "x.index", "--embeddings", tmp_path,
               "--file-format", "bvecs", "--json", "--verbose", 40)
    scores = json.loads(vicinal(*options, cwd=tmp_path).stdout)
    assert 0 < scores["reconstruction error %"] < 1
    vicinal(*options, "--current_memory_available=1G", cwd=tmp_path)
    done = vicinal(*options, "--current_memory_available=200K", cwd=tmp_path, code=78)
    assert "200.0KB" in done.stderr
