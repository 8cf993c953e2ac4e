"""What is searched: real sets, generated ones, and folders of base.npy, query.npy and perhaps gt.npy."""

import json
import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from generate import clustered  # noqa: E402

# Rows and dimensions of what is generated; the metric is L2.
GENERATED = {"generated-1m": (1_000_000, 128), "generated-200k": (200_000, 768)}


def prepared(name, source, scratch):
    """A folder with base.npy, query.npy, truth.npy (the exact ten nearest), and the metric."""
    folder = pathlib.Path(scratch) / pathlib.Path(name).name
    marker = folder / "metric.json"
    if marker.exists():
        return folder, json.loads(marker.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    if name in GENERATED:
        n, d = GENERATED[name]
        base, queries = clustered(n, d)
        metric = "l2"
    else:
        given = pathlib.Path(name) if pathlib.Path(name).is_dir() else pathlib.Path(source) / name
        base, queries = (np.load(given / f"{each}.npy").astype(np.float32)
                         for each in ("base", "query"))
        meta = given / "meta.json"
        metric = json.loads(meta.read_text())["metric"] if meta.exists() else "l2"
    queries = queries[:1000]
    np.save(folder / "base.npy", base)
    np.save(folder / "query.npy", queries)
    np.save(folder / "truth.npy", nearest(base, queries, metric))
    marker.write_text(json.dumps(metric))
    return folder, metric


def nearest(base, queries, metric, k=10):
    """The exact k nearest rows of each query, by brute force in float64."""
    best_ids = np.empty((len(queries), 0), np.int64)
    best = np.empty((len(queries), 0))
    for first in range(0, len(base), 100_000):
        part = base[first:first + 100_000].astype(np.float64)
        scores = queries.astype(np.float64) @ part.T
        if metric == "l2":
            scores = 2 * scores - (part ** 2).sum(1)
        ids = np.argpartition(-scores, k, axis=1)[:, :k]
        best_ids = np.hstack([best_ids, ids + first])
        best = np.hstack([best, np.take_along_axis(scores, ids, 1)])
        order = np.argsort(-best, axis=1)[:, :k]
        best_ids, best = np.take_along_axis(best_ids, order, 1), np.take_along_axis(best, order, 1)
    return best_ids
