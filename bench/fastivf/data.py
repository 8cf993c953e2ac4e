"""The data that is compared on: real sentence embeddings, and a generated set."""

import pathlib

import numpy as np


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def generated(count, dimension, queries):
    """Points around 2,000 centres on a manifold of 48 dimensions, with noise in all of them."""
    rng = np.random.default_rng(7)
    base = rng.standard_normal((48, dimension)).astype(np.float32)
    centres = rng.standard_normal((2000, 48)).astype(np.float32)
    total = count + queries
    sizes = rng.dirichlet(np.full(2000, 2.0))
    points = centres[rng.choice(2000, total, p=sizes)]
    points = points + 0.7 * rng.standard_normal((total, 48)).astype(np.float32)
    rows = points @ base + 1.5 * rng.standard_normal((total, dimension)).astype(np.float32)
    rows = unit(rows)
    return rows[:count], rows[count:]


def prepared(name, source, folder):
    """Writes base, queries and the exact 100 neighbours of a data set; returns their folder."""
    folder = pathlib.Path(folder) / name
    if (folder / "truth.npy").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if name.startswith("generated"):
        count, dimension = (200_000, 512) if name == "generated" else (20_000, 64)
        rows, queries = generated(count, dimension, 1000)
    else:
        rows = unit(np.load(f"{source}/{name}/base.npy").astype(np.float32))
        queries = unit(np.load(f"{source}/{name}/query.npy").astype(np.float32))
    truth = np.empty((len(queries), 100), np.int64)
    for first in range(0, len(queries), 100):
        scores = queries[first:first + 100] @ rows.T
        best = np.argpartition(-scores, 100, axis=1)[:, :100]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        truth[first:first + 100] = np.take_along_axis(best, order, 1)
    np.save(folder / "base.npy", rows)
    np.save(folder / "query.npy", queries)
    np.save(folder / "truth.npy", truth)
    return folder
