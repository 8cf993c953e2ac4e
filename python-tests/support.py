"""Data, files and comparisons that the tests share."""

import fcntl
import json
import os
import pathlib
import re
import subprocess
import time

import numpy as np

# Search parameters that the built indexes are given; an exact index has none and is not tuned long.
PROBES, EF_SEARCH = 7, 77

METRICS = ("l2", "ip", "cosine")


def figure(name, usual):
    """How often, how many or how long: the variable VICINAL_<name>, else what each run has.

    docs/service-tests.md has a table of these variables and what was reached with them.
    """
    return int(os.environ.get(f"VICINAL_{name}", usual))


def parameters(key):
    """The options that give an index of this key its search parameters."""
    if "IVF" in key:
        return ("--index-param", f"nprobe={PROBES}")
    return ("--index-param", f"efSearch={EF_SEARCH}") if "HNSW" in key else ()


def clustered(n, d, seed, *, clusters=100, part=0):
    """Gaussian clusters of unequal length; the same seed has the same clusters in every part."""
    centres = np.random.default_rng(seed).normal(size=(clusters, d)) * 2
    rng = np.random.default_rng((seed, part))
    rows = centres[rng.integers(clusters, size=n)] + rng.normal(size=(n, d))
    return rows.astype(np.float32)


def save(path, array):
    """Writes a .npy file and returns its path."""
    np.save(path, array)
    return path


def load(path, dtype):
    """Reads a .npy matrix and requires its element type."""
    array = np.load(path)
    assert array.dtype == np.dtype(dtype) and array.ndim == 2
    return array


def save_vecs(path, array, dtype):
    """Writes .fvecs, .bvecs or .ivecs: each row behind its dimension."""
    with open(path, "wb") as file:
        for row in array.astype(dtype):
            file.write(np.int32(len(row)).tobytes() + row.tobytes())
    return path


def unit(rows):
    """Rows scaled to length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def brute_force(vectors, queries, metric, k, own=None):
    """Ids of the exact nearest, computed with doubles; `own` are ids to leave out."""
    x, q = vectors.astype(np.float64), queries.astype(np.float64)
    if metric == "cosine":
        x, q = unit(x), unit(q)
    scores = -q @ x.T
    if metric == "l2":
        scores = (x**2).sum(1) + 2 * scores
    if own is not None:
        scores[np.arange(len(q)), own] = np.inf
    return np.argsort(scores, axis=1, kind="stable")[:, :k]


def recall(found, truth):
    """The share of the true neighbours that was found."""
    hits = [np.isin(a[a >= 0], b).sum() for a, b in zip(found, truth, strict=True)]
    return sum(hits) / truth.size


def peak_of(arguments, reads=json.loads):
    """Runs a command; its peak resident memory in bytes, as the system counts it, and its output.

    `reads` makes something of the output.

    The figure of wait4 would include that of this process, which the new one begins as.
    """
    running = subprocess.Popen(
        list(map(str, arguments)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak, status = 0, pathlib.Path(f"/proc/{running.pid}/status")
    while running.poll() is None:
        found = re.search(r"Name:\s+vicinal\n[^$]*VmHWM:\s+(\d+) kB", status.read_text())
        peak = max(peak, int(found[1]) * 1024) if found else peak
        time.sleep(0.002)
    assert running.returncode == 0, running.stderr.read().decode()[-2000:]
    return peak, reads(running.stdout.read())


def assert_same_neighbours(found, wanted, tolerance=1e-5):
    """Two results agree: the same distances, and the same ids except where distances tie."""
    (ids, distances), (wanted_ids, wanted_distances) = found, wanted
    assert ids.shape == wanted_ids.shape
    assert ((ids < 0) == (wanted_ids < 0)).all(), "different places are empty"
    full = ids >= 0
    if not full.any():
        return
    scale = max(1.0, np.abs(wanted_distances[full]).max())
    slack = tolerance * scale
    np.testing.assert_allclose(distances[full], wanted_distances[full], rtol=0, atol=slack)
    for row in np.flatnonzero((ids != wanted_ids).any(axis=1)):
        for place in np.flatnonzero(ids[row] != wanted_ids[row]):
            tied = np.abs(wanted_distances[row] - wanted_distances[row, place]) <= 2 * slack
            last = np.flatnonzero(full[row])[-1]
            # A tie is inside the row, or with the first neighbour behind its end.
            assert tied.sum() > 1 or place == last, (
                f"query {row}, place {place}: id {ids[row, place]}, expected"
                f" {wanted_ids[row, place]}\n{wanted_distances[row]}")


def assert_similar_neighbours(found, wanted, least=0.97):
    """Two walks of a graph agree nearly everywhere, and on the distances of what both found."""
    (ids, distances), (wanted_ids, wanted_distances) = found, wanted
    assert recall(ids, wanted_ids) >= least
    scale = max(1.0, np.abs(wanted_distances).max())
    for row in range(len(ids)):
        _, here, there = np.intersect1d(ids[row], wanted_ids[row], return_indices=True)
        np.testing.assert_allclose(
            distances[row][here], wanted_distances[row][there], rtol=0, atol=1e-5 * scale)


ROOT = pathlib.Path(__file__).resolve().parent.parent


def library_folder():
    """The folder with libvicinal.so and its headers, linked from the objects of the build under
    test if it is out of date."""
    objects = pathlib.Path(os.environ.get("VICINAL_BIN_DIR", ROOT / ".build/release")).resolve()
    listed = objects / "VicinalC.product/Objects.LinkFileList"
    assert listed.is_file(), "build the product VicinalC first: swift build --product VicinalC"
    folder = objects / "standalone"
    folder.mkdir(exist_ok=True)
    # Test processes run at the same time.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "libvicinal.so"
        sources = [*map(pathlib.Path, listed.read_text().split()), ROOT / "scripts/build-library"]
        sources += (ROOT / "Sources/CVicinal/include").iterdir()
        if not made.exists() or made.stat().st_mtime < max(p.stat().st_mtime for p in sources):
            subprocess.run(
                [ROOT / "scripts/build-library", folder], check=True, capture_output=True,
                env={**os.environ, "VICINAL_OBJECTS": str(objects)})
    return folder
