"""vicinal.Index, and AutoFaiss's functions."""

import json
import pickle
import signal
import sys
import types

import numpy as np
import pytest

from support import clustered
from under_test import theirs, vicinal

D = 12
XB = clustered(3000, D, 4)


def test_index(tmp_path):
    for factory, metric in (("Flat", "l2"), ("IVF8,Flat", "ip"), ("HNSW16", "cosine"),
                            ("SQ8", "l2")):
        index = vicinal.Index(D, factory, metric)
        index.add(XB[:2000], ids=np.arange(2000) * 2)
        index.add(XB[2000:2010].tolist())
        assert len(index) == 2010 and index.dimension == D and index.is_trained
        if "IVF" in factory:
            index.set(nprobe=8)
            assert index.get("nprobe") == 8
        distances, ids = index.search(XB[5:7], k=3)
        assert distances.shape == ids.shape == (2, 3)
        if metric == "l2":
            assert ids[:, 0].tolist() == [10, 12]
        among = index.search(XB[5:7], k=3, among=[2, 4, 6])[1]
        assert sorted(among[0].tolist()) == [2, 4, 6]
        np.testing.assert_allclose(index[10], index[[10, 12]][0])
        path = tmp_path / "a.index"
        index.save(path)
        for same in (vicinal.Index.load(path), vicinal.Index.load(path, mapped=True),
                     pickle.loads(pickle.dumps(index))):
            np.testing.assert_array_equal(same.search(XB[5:7], k=3)[1], ids)
        assert theirs.read_index(str(path)).ntotal == 2010
        assert index.remove([0, 2]) == 2 and len(index) == 2008
    assert vicinal.Index(D, "IVF8,Flat").search.__doc__
    lists = vicinal.Index(D, "IVF8,Flat")
    lists.add(XB)
    every = lists.search(XB[:4], 2, nprobe=8)[1]
    assert every[:, 0].tolist() == [0, 1, 2, 3] and lists.get("nprobe") == 1
    with pytest.raises(TypeError):
        lists.search(XB[:4], 2, nprobes=8)
    with pytest.raises(ValueError):
        lists.search(XB[:4, :3], 2)
    with pytest.raises(ValueError):
        vicinal.Index(D, metric="nearness")
    with pytest.raises(vicinal.VicinalError):
        lists[10_000_000]


def test_the_seeds_quick_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embeddings = np.float32(np.random.default_rng(1).random((100, 512)))
    index, index_infos = vicinal.build_index(embeddings, save_on_disk=False)
    _, ids = index.search(embeddings[3:4], 1)
    assert ids.shape == (1, 1) and index_infos["nb vectors"] == 100
    assert list(tmp_path.iterdir()) == []


def test_identical_vectors():
    index, _ = vicinal.build_index(np.ones((100, 512), np.float32), save_on_disk=False)
    assert index.search(np.ones((1, 512), np.float32), 1)[1][0, 0] == 0


def test_build_tune_score(tmp_path):
    place, infos_place = tmp_path / "out/knn.index", tmp_path / "out/infos.json"
    np.save(tmp_path / "a.npy", XB[:1500])
    np.save(tmp_path / "b.npy", XB[1500:])
    steps = []
    index, infos = vicinal.build_index(
        str(tmp_path), str(place), str(infos_place), index_key="IVF16,Flat", metric_type="l2",
        max_index_memory_usage="1G", progress=lambda step, done, total: steps.append(step))
    assert steps and index.ntotal == 3000 and infos["index_key"] == "IVF16,Flat"
    assert json.loads(infos_place.read_text())["nb vectors"] == 3000
    assert theirs.read_index(str(place)).ntotal == 3000
    tuned = vicinal.tune_index(
        str(place), "IVF16,Flat", index_param="nprobe=7",
        output_index_path=str(tmp_path / "tuned.index"))
    assert tuned.nprobe == 7
    assert theirs.read_index(str(tmp_path / "tuned.index")).nprobe == 7
    scores = vicinal.score_index(tuned, str(tmp_path), save_on_disk=False, query_count=50)
    assert scores["40-recall@40"] > 0.5 and scores["nb vectors"] == 3000


def test_autofaiss_scoring_and_tuning_of_identical_vectors(tmp_path):
    same = np.ones((100, 32), np.float32)
    index, _ = vicinal.build_index(same, save_on_disk=False)
    assert vicinal.tune_index(index, "Flat", save_on_disk=False) is index
    assert vicinal.score_index(index, same, save_on_disk=False)["nb vectors"] == 100


def test_autofaiss_several_inputs_and_empty_ones(tmp_path):
    for name, part in (("a", XB[:120]), ("b", XB[120:350]), ("none", XB[:0])):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "1.npy", part)

    def build(*names):
        folders = [str(tmp_path / name) for name in names]
        return vicinal.build_index(
            folders, save_on_disk=False, metric_type="l2", index_key="Flat")[0]

    assert build("a", "b").ntotal == 350 and build("none", "a").ntotal == 120
    assert build("a", "b").search(XB[200:201], 1)[1][0, 0] == 200
    with pytest.raises(ValueError):
        build("none")


def test_what_is_refused():
    with pytest.raises(ValueError, match="GPU"):
        vicinal.build_index(XB, use_gpu=True)
    with pytest.raises(ValueError, match="metric_type"):
        vicinal.build_index(XB, metric_type="nearness")
    with pytest.raises(ValueError):
        vicinal.build_index(XB[:0], save_on_disk=False)
    with pytest.raises(vicinal.VicinalError) as caught:
        vicinal.build_index(XB, save_on_disk=False, max_index_memory_usage="1K")
    assert caught.value.kind == "memory bound"
    with pytest.raises(vicinal.VicinalError) as caught:
        vicinal.build_index(
            XB, save_on_disk=False, index_key="IVF16,Flat", progress=lambda *_: True)
    assert caught.value.kind == "cancelled"

    def breaking(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        vicinal.build_index(XB, save_on_disk=False, index_key="IVF16,Flat", progress=breaking)


def test_builds_on_a_cluster_are_handed_on(tmp_path, monkeypatch):
    seen = {}
    place = tmp_path / "a.index"
    theirs.write_index(theirs.IndexFlatL2(4), str(place))

    def build(**given):
        seen.update(given)
        return str(place), {"nb vectors": 0}

    fake = types.ModuleType("vicinal.spark")
    fake.build_index = fake.build_partitioned_indexes = build
    monkeypatch.setitem(sys.modules, "vicinal.spark", fake)
    index, infos = vicinal.build_index(
        "somewhere", "a.index", distributed="pyspark", nb_indices_to_keep=3, target_recall=0.9)
    assert index.d == 4 and infos == {"nb vectors": 0}
    assert seen["nb_indices_to_keep"] == 3 and seen["target_recall"] == 0.9
    assert "index_key" not in seen and "progress" not in seen
    assert "append" not in seen and "resume" not in seen


def test_several_indexes_appending_and_resuming(tmp_path):
    folder, path = tmp_path / "in", tmp_path / "out" / "knn.index"
    folder.mkdir()
    np.save(folder / "a.npy", XB[:300])
    kept = dict(
        index_path=path, index_infos_path=tmp_path / "out/infos.json", metric_type="l2",
        index_key="IVF4,Flat", index_param="nprobe=4")
    index, infos = vicinal.build_index(folder, nb_indices_to_keep=3, **kept)
    assert index is None and [part["nb vectors"] for part in infos.values()] == [100] * 3
    found = {int(i) for name in infos for i in theirs.read_index(name).search(XB[:300], 1)[1][:, 0]}
    assert found == set(range(300))
    index, infos = vicinal.build_index(folder, resume=True, **kept)
    assert index.ntotal == infos["nb vectors"] == 300
    more = tmp_path / "more"
    more.mkdir()
    np.save(more / "b.npy", XB[300:350])
    index, infos = vicinal.build_index(more, append=True, **kept)
    assert index.ntotal == 350 and index.search(XB[320:321], 1)[1][0, 0] == 320
    with pytest.raises(ValueError, match="files"):
        vicinal.build_index(XB, nb_indices_to_keep=3)
    with pytest.raises(vicinal.VicinalError, match="append"):
        vicinal.build_index(more, append=True, resume=True, **kept)


def test_parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet
    for number, rows in enumerate((XB[:200], XB[200:500])):
        table = arrow.table({"id": [f"{number}-{i}" for i in range(len(rows))],
                             "embedding": list(rows)})
        parquet.write_table(table, tmp_path / f"{number}.parquet")
    index, _ = vicinal.build_index(
        str(tmp_path), save_on_disk=False, file_format="parquet", metric_type="l2",
        index_key="Flat", id_columns=["id"], ids_path=str(tmp_path / "ids"))
    assert index.search(XB[300:301], 1)[1][0, 0] == 300
    found = parquet.read_table(tmp_path / "ids")
    assert found.column_names == ["id", "i"] and found["id"][300].as_py() == "1-100"


def test_embeddings_of_another_dimension_are_refused():
    index = vicinal.faiss.index_factory(XB.shape[1], "Flat")
    index.add(XB)
    for narrow in (XB[:, :1], XB[:, :-1]):
        with pytest.raises(ValueError, match="dimension"):
            vicinal.score_index(index, narrow, save_on_disk=False)
        with pytest.raises(ValueError, match="dimension"):
            vicinal.tune_index(index, embeddings=narrow, save_on_disk=False)


def test_a_signal_ends_a_build_with_a_progress_function():
    told = []

    def progress(*step):
        told.append(step)
        if len(told) == 1:
            signal.raise_signal(signal.SIGINT)

    # A shell ignores the signal for what runs in its background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            vicinal.build_index(
                np.repeat(XB, 40, axis=0), save_on_disk=False, index_key="IVF64,Flat",
                progress=progress)
    finally:
        signal.signal(signal.SIGINT, before)
    assert told


def test_empty_places_are_no_hits():
    assert vicinal.faiss.eval_intersection([[1, 2, -1]], [[-1, 2, -1]]) == 1
