"""What `vicinal build-index` accepts and what it writes."""

import json

import faiss
import numpy as np
import pytest
from support import METRICS, brute_force, clustered, recall, save, save_vecs, unit

AUTOFAISS_KEYS = (
    "index_key", "index_param", "index_path", "size in bytes", "avg_search_speed_ms",
    "99p_search_speed_ms", "reconstruction error %", "nb vectors", "vectors dimension",
    "compression ratio",
)


def stored(path):
    """The vectors of a flat index file, as faiss reads them."""
    index = faiss.read_index(str(path))
    return index.reconstruct_n(0, index.ntotal)


@pytest.mark.parametrize(("dtype", "order"), [
    ("<f2", "C"), ("<f4", "C"), ("<f8", "C"), ("u1", "C"), ("i1", "C"), ("<i2", "C"),
    ("<u2", "C"), ("<i4", "C"), ("<i8", "C"), ("<u8", "C"), (">f4", "C"), (">i2", "C"),
    ("<f4", "F"), ("<f2", "F"), ("?", "C"),
])
def test_npy_of_any_element_type(build, tmp_path, dtype, order):
    values = np.random.default_rng(2).integers(0, 120, size=(150, 6))
    if np.dtype(dtype).kind == "f":
        values = values / 8
    array = np.asarray(values.astype(dtype), order=order)
    build(save(tmp_path / "x.npy", array), tmp_path / "x.index", "--index-key", "Flat")
    assert (stored(tmp_path / "x.index") == array.astype("f4")).all()


@pytest.mark.parametrize(("suffix", "dtype"), [("fvecs", "<f4"), ("bvecs", "u1"), ("ivecs", "<i4")])
def test_vecs_files(build, tmp_path, suffix, dtype):
    values = np.random.default_rng(3).integers(0, 200, size=(90, 5))
    save_vecs(tmp_path / f"x.{suffix}", values, dtype)
    save(tmp_path / "other.npy", np.zeros((4, 7), "f4"))
    build(tmp_path, tmp_path / "x.index", "--index-key", "Flat", "--file-format", suffix)
    assert (stored(tmp_path / "x.index") == values).all()


def test_ids_follow_the_order_of_paths(build, tmp_path):
    rows = clustered(60, 4, seed=4)
    parts = {"b/10.npy": 0, "b/9.npy": 10, "b/deep/1.npy": 20, "a/z.npy": 30, "c/1.npy": 40}
    for name, first in parts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save(tmp_path / name, rows[first : first + 10])
    save(tmp_path / "b/empty.npy", rows[:0])
    (tmp_path / "b/notes.txt").write_text("not vectors")
    save(tmp_path / "b/.hidden.npy", rows[:3])
    build(
        tmp_path / "c", tmp_path / "x.index", "--embeddings", tmp_path / "b", "--embeddings",
        tmp_path / "a", "--index-key", "Flat")
    order = [30, 0, 10, 20, 40]
    expected = np.concatenate([rows[first : first + 10] for first in order])
    assert (stored(tmp_path / "x.index") == expected).all()


def test_a_link_to_a_folder_is_a_folder(build, tmp_path):
    (tmp_path / "real").mkdir()
    save(tmp_path / "real/x.npy", clustered(30, 4, seed=4))
    (tmp_path / "link").symlink_to("real")
    build(tmp_path / "link", tmp_path / "x.index", "--index-key", "Flat")


def test_a_folder_named_like_a_file_is_searched(build, tmp_path):
    (tmp_path / "in/parts.npy").mkdir(parents=True)
    save(tmp_path / "in/parts.npy/x.npy", clustered(30, 4, seed=4))
    assert build(tmp_path / "in", None, "--index-key", "Flat")["nb vectors"] == 30


def test_autofaiss_spellings(vicinal, tmp_path):
    for name in ("a", "b c"):
        (tmp_path / name).mkdir()
        save(tmp_path / name / "x.npy", clustered(400, 8, seed=4))
    vicinal(
        "build_index", f"--embeddings=['{tmp_path}/a', \"{tmp_path}/b c\"]",
        "--index_path=knn.index", "--index_infos_path=infos.json", "--save_on_disk=True",
        "--file_format=npy", "--index_key=IVF8,Flat", "--index_param=nprobe=3",
        "--max_index_query_time_ms=10.0", "--max_index_memory_usage=16G", "--metric_type=l2",
        "--min_nearest_neighbors_to_retrieve=20", "--current_memory_available=4GB",
        "--use_gpu=False", "--nb_cores=1", "--make_direct_map=True", "--id_columns=None",
        "--should_be_memory_mappable=True", "--distributed=None", "--verbose=30", cwd=tmp_path)
    index = faiss.read_index(str(tmp_path / "knn.index"))
    assert (index.ntotal, index.nprobe, index.metric_type) == (800, 3, faiss.METRIC_L2)
    assert index.direct_map.type == faiss.DirectMap.Array
    infos = json.loads((tmp_path / "infos.json").read_text())
    assert infos["index_param"] == "nprobe=3"


def test_autofaiss_defaults_spelled_out(vicinal, data_path, tmp_path):
    vicinal(
        "build_index", f"--embeddings={data_path}", "--index_key=None", "--index_param=None",
        "--nb_indices_to_keep=1", "--ids_path=None", "--metric_type=ip", "--nb_cores=None",
        "--save_on_disk=False", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("key", ["Flat", "IVF64,Flat", "HNSW16"])
def test_infos_hold_what_is_true(build, data, data_path, tmp_path, key, metric):
    path = tmp_path / "x.index"
    infos = build(data_path, path, "--index-key", key, "--metric-type", metric,
                  "--target-recall", 0.8)
    assert json.loads((tmp_path / "x.index.json").read_text()) == infos
    assert set(AUTOFAISS_KEYS) <= set(infos)
    assert infos["size in bytes"] == path.stat().st_size
    assert (infos["nb vectors"], infos["vectors dimension"]) == data[0].shape
    assert infos["index_path"] == str(path)
    assert infos["metric_type"] == metric
    assert infos["compression ratio"] == pytest.approx(data[0].nbytes / path.stat().st_size)
    assert infos["reconstruction error %"] == 0
    assert 0 < infos["avg_search_speed_ms"] < 100
    assert 0 < infos["99p_search_speed_ms"] < 1000
    assert infos["memory in bytes"] >= data[0].nbytes
    assert infos["peak memory in bytes"] > infos["memory in bytes"]
    assert infos["queries_per_second"] > 0 and infos["build_seconds"] > 0
    if key != "Flat":
        assert infos["index_param"] in [p["parameters"] for p in infos["operating_points"]]
    # The stored parameters bring faiss the recall that is reported.
    own = np.random.default_rng(8).choice(len(data[0]), 500, replace=False)
    queries = data[0][own]
    _, found = faiss.read_index(str(path)).search(queries, 11)
    others = np.array([row[row != me][:10] for row, me in zip(found, own, strict=True)])
    truth = brute_force(data[0], queries, metric, 10, own=own)
    assert infos["10-recall@10"] == pytest.approx(recall(others, truth), abs=0.02)
    assert infos["10-recall@10"] >= 0.8


def test_cosine_scales_vectors_to_length_1(build, data, data_path, tmp_path):
    build(data_path, tmp_path / "x.index", "--index-key", "Flat", "--metric-type", "cosine")
    index = faiss.read_index(str(tmp_path / "x.index"))
    inner = faiss.downcast_index(index.index)
    np.testing.assert_allclose(inner.reconstruct_n(0, inner.ntotal), unit(data[0]), atol=1e-6)


def test_enough_neighbours_come_back(build, search, tmp_path):
    centres = np.random.default_rng(6).normal(size=(64, 16)) * 100
    rows = np.repeat(centres, 30, axis=0) + np.random.default_rng(7).normal(size=(1920, 16))
    path = save(tmp_path / "x.npy", rows.astype("f4"))
    build(path, tmp_path / "x.index", "--index-key", "IVF64,Flat", "--metric-type", "l2",
          "--min-nearest-neighbors-to-retrieve", 200)
    ids, _ = search(tmp_path / "x.index", rows[::10].astype("f4"), 200)
    assert (ids >= 0).mean() >= 0.98


def test_json_is_all_that_standard_output_holds(vicinal, data_path, tmp_path):
    shown = ("--embeddings", data_path, "--index-key", "IVF16,Flat", "--json")
    infos = json.loads(vicinal("build-index", *shown, cwd=tmp_path).stdout)
    assert infos == json.loads((tmp_path / "index_infos.json").read_text())
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "index_infos.json", "index_report.html", "knn.index"]


def test_no_save_on_disk_only_reports(vicinal, data_path, tmp_path):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--index-key", "Flat", "--no-save-on-disk",
        "--verbose", 40, cwd=tmp_path)
    assert "10-recall@10" in done.stdout and done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_autofaiss_spellings_with_blanks(vicinal, data_path, tmp_path):
    # Fire takes the value behind the name as well, lists of texts with commas and quotes too.
    odd = tmp_path / "it's, odd"
    odd.mkdir()
    save(odd / "x.npy", clustered(300, 8, seed=1))
    names = f"{[str(odd), str(odd / 'x.npy')]}"
    for embeddings in (["--embeddings", names], [f"--embeddings={names}"]):
        vicinal(
            "build_index", *embeddings, "--index_key", "IVF4,Flat", "--metric_type", "l2",
            "--make_direct_map", "True", "--save_on_disk", "True", "--use_gpu", "False",
            "--ids_path", "None", "--nb_indices_to_keep", "1", "--index_param", "None",
            "--distributed", "None", "--should_be_memory_mappable", "false", cwd=tmp_path)
        shown = vicinal("describe", tmp_path / "knn.index").stdout
        assert "300 vectors" in shown and "direct map array" in shown
        for name in ("knn.index", "index_infos.json", "index_report.html"):
            (tmp_path / name).unlink()
    done = vicinal("build_index", "--embeddings", odd, "--save_on_disk", "False", "--json",
                   cwd=tmp_path)
    assert json.loads(done.stdout)["nb vectors"] == 300
    assert [path.name for path in tmp_path.iterdir()] == ["it's, odd"]


@pytest.mark.parametrize("options", [(), ("--index-param", "nprobe=16")])
def test_a_missed_time_bound_is_said(vicinal, data_path, tmp_path, options):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--index-key", "IVF16,Flat", *options,
        "--max-index-query-time-ms", "0.00001", "--no-save-on-disk", "--json", cwd=tmp_path)
    warnings = json.loads(done.stdout)["warnings"]
    assert sum("ms allowed" in warning for warning in warnings) == 1
    assert "warning: a query takes" in done.stderr
    done = vicinal(
        "build-index", "--embeddings", data_path, "--index-key", "IVF16,Flat", *options,
        "--max-index-query-time-ms", "1000", "--no-save-on-disk", "--json", cwd=tmp_path)
    assert not any("ms allowed" in warning for warning in json.loads(done.stdout)["warnings"])
