"""What the infos promise is what faiss finds with the parameters in the file."""

import json

import faiss
import numpy as np
import pytest
from support import clustered, save

METRICS = {"l2": faiss.METRIC_L2, "ip": faiss.METRIC_INNER_PRODUCT}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("key", ["HNSW12,Flat", "HNSW8,SQ8"])
def test_recall_of_graphs_is_that_of_faiss(vicinal, tmp_path, key, metric):
    rows = clustered(6500, 24, seed=61)
    base, queries = rows[:6000], rows[6000:]
    done = vicinal(
        "build-index", "--embeddings", save(tmp_path / "base.npy", base), "--queries",
        save(tmp_path / "queries.npy", queries), "--index-key", key, "--metric-type", metric,
        "--target-recall", 0.5, "--json", cwd=tmp_path)
    infos = json.loads(done.stdout)
    index = faiss.read_index(str(tmp_path / "knn.index"))
    wide = faiss.downcast_index(index).hnsw.efSearch
    # The least that tuning considers: 20 neighbours must come back.
    assert infos["index_param"] == f"efSearch={wide}" and wide == 20
    exact = faiss.knn(queries, base, 100, metric=METRICS[metric])[1]
    for k in (1, 10, 20, 100):
        found = index.search(queries, k)[1]
        share = np.mean([len(set(a) & set(b)) / k for a, b in zip(found, exact[:, :k])])
        promised = infos.get(f"recall@{k} in faiss", infos[f"recall@{k}"])
        # Walks take other ways where distances are rounded.
        assert share == pytest.approx(promised, abs=0.015), f"k = {k}"
        assert (f"recall@{k} in faiss" in infos) == (k > wide)
    assert infos["recall@100 in faiss"] < infos["recall@100"] - 0.05
    assert "in faiss" in (tmp_path / "index_report.html").read_text()
