"""Writes faiss_autotune.json: what faiss's auto-tuning says to random input.

Run with a Python that has faiss-cpu: `python make_autotune.py`.
"""

import json
import pathlib

import faiss
import numpy as np


def vector(values):
    return [values.at(i) for i in range(values.size())]


def operating_points(rng):
    """Better points take longer, on a coarse grid: many are equal in one respect or both."""
    points = faiss.OperatingPoints()
    grid = [int(rng.integers(0, 11)) for _ in range(30)]
    added = [(perf / 10, (perf + int(rng.integers(1, 6))) / 8) for perf in grid]
    kept = [points.add(perf, t, f"k{number}", number) for number, (perf, t) in enumerate(added)]
    asked = [i / 20 for i in range(21)]
    return {
        "performance": [perf for perf, _ in added], "seconds": [t for _, t in added],
        "kept": kept, "optimal": [point.cno for point in vector(points.optimal_pts)],
        "asked": asked, "reached": [points.t_for_perf(perf) for perf in asked],
    }


def criterion(rng, queries=12, places=10):
    truth = np.stack([rng.permutation(25)[:places] for _ in range(queries)]).astype("int64")
    found = np.stack([rng.permutation(25)[:places] for _ in range(queries)]).astype("int64")
    found[3, 4:] = -1
    found[5, :] = found[5, 0]
    distances = np.zeros(truth.shape, dtype="float32")
    values = {"one": [], "intersection": []}
    for r in range(1, places + 1):
        for name, kind in [("one", faiss.OneRecallAtRCriterion),
                           ("intersection", faiss.IntersectionCriterion)]:
            judge = kind(queries, r)
            judge.set_groundtruth(distances, truth)
            part = np.ascontiguousarray(found[:, :r])
            unused = np.zeros(part.shape, dtype="float32")
            values[name].append(judge.evaluate(faiss.swig_ptr(unused), faiss.swig_ptr(part)))
    return {"queries": queries, "truth": truth.ravel().tolist(), "found": found.ravel().tolist(),
            **values}


def space(key):
    index = faiss.index_factory(8, key)
    names = faiss.ParameterSpace()
    names.initialize(index)
    count = names.n_combinations()
    return {
        "key": key,
        "names": [names.combination_name(number) for number in range(count)],
        "at_least": [[bool(names.combination_ge(a, b)) for b in range(0, count, 3)]
                     for a in range(0, count, 2)],
    }


def main():
    rng = np.random.default_rng(1)
    written = {
        "faiss": faiss.__version__,
        "points": [operating_points(rng) for _ in range(12)],
        "criteria": [criterion(rng) for _ in range(4)],
        "spaces": [space(key) for key in ["Flat", "IVF20,Flat", "HNSW8,Flat", "IVF20_HNSW8,Flat"]],
    }
    path = pathlib.Path(__file__).with_name("faiss_autotune.json")
    path.write_text(json.dumps(written, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
