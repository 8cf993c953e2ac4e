"""One side of one row, in a process of its own: trains, searches at several settings, writes what it
found and how long it took. Runs in the virtual environment of that side.

    side.py SIDE ROW DATA OUT SETTINGS...     a setting is nprobe:ratio
"""

import json
import os
import sys
import time

THREADS = os.environ.get("SIDE_THREADS", "1")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
             "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[name] = THREADS
os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402

RUNS = int(os.environ.get("SIDE_RUNS", "5"))


class Clock:
    """Seconds on the wall and of the processor, of all threads."""

    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.wall = time.perf_counter() - self.wall
        self.cpu = time.process_time() - self.cpu


def fast_ivf_classes(side):
    if side == "fast-ivf":
        import fast_ivf
        return fast_ivf
    sys.path.insert(0, os.environ["VICINAL_PYTHON"])
    from vicinal import faiss, fast_ivf
    faiss.omp_set_num_threads(int(THREADS))
    return fast_ivf


def made(side, row, dimension, nlist):
    """An untrained index of fast-ivf's classes."""
    module = fast_ivf_classes(side)
    kind, _, more = row.partition("-")
    if kind == "flat":
        return module.FastIVF(dimension, nlist=nlist)
    if kind == "pq":
        return module.FastIVFPQ(dimension, nlist=nlist, pq_num_centroids=128, pq_num_subvectors=32)
    settings = {}
    compressor = more.split("-")[0]
    if side == "vicinal" and compressor in ("pca", "autoencoder", "classifier"):
        settings["compressor"] = compressor
    return module.CompressedFastIVF(
        dimension, nlist=nlist, compression_ndim=dimension // 4, **settings)


class Wrapped:
    """An index of fast-ivf's classes, and how a row searches it."""

    def __init__(self, index, row):
        self.index, self.row = index, row

    def train(self, rows):
        self.index.train(rows)

    def set(self, nprobe, ratio):
        self.index.nprobe, self.index.ratio_threshold = nprobe, ratio

    def search(self, queries):
        if self.row.endswith("calibrated"):
            self.index.rescore_num_samples = 20
            return self.index.search(queries, k=100, rescore=True)[1]
        if self.row.endswith("rescored"):
            return self.index.search(queries, k=100, rescore=True)[1]
        return self.index.search(queries, k=100)[1]


class Faiss:
    """The same with faiss."""

    def __init__(self, row, dimension, nlist):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(int(THREADS))
        kind = row.partition("-")[0]
        cells = f"IVF{nlist}"
        key = {"flat": f"{cells},Flat", "pq": f"{cells},PQ32x7",
               "compressed": f"PCA{dimension // 4},L2norm,{cells},Flat"}[kind]
        self.rescores = row.endswith("rescored")
        if self.rescores:
            key += ",RFlat"
        self.index = faiss.index_factory(dimension, key, faiss.METRIC_INNER_PRODUCT)

    def train(self, rows):
        self.index.train(rows)
        self.index.add(rows)

    def set(self, nprobe, ratio):
        base = self.index
        if self.rescores:
            base = self.faiss.downcast_index(self.index.base_index)
        self.faiss.extract_index_ivf(base).nprobe = nprobe

    def search(self, queries):
        return self.index.search(queries, 100)[1]


def main():
    side, row, folder, out = sys.argv[1:5]
    settings = [each.split(":") for each in sys.argv[5:]]
    nlist = int(os.environ["SIDE_NLIST"])
    rows, queries = np.load(f"{folder}/base.npy"), np.load(f"{folder}/query.npy")
    dimension = rows.shape[1]

    def new(cells):
        if side == "faiss":
            return Faiss(row, dimension, cells)
        return Wrapped(made(side, row, dimension, cells), row)

    if side == "fast-ivf" and not row.startswith("compressed"):
        # numba compiles in each process anew: not counted.
        warm = new(16)
        warm.train(rows[:4000])
        warm.set(4, 0.5)
        warm.search(queries)
    index = new(nlist)
    with Clock() as training:
        index.train(rows)
    found = {"train_wall": training.wall, "train_cpu": training.cpu, "searches": []}
    for number, (nprobe, ratio) in enumerate(settings):
        index.set(int(nprobe), float(ratio))
        ids = index.search(queries)
        best = None
        for _ in range(RUNS):
            with Clock() as clock:
                ids = index.search(queries)
            # Other work on the machine only ever adds.
            if best is None or clock.cpu < best.cpu:
                best = clock
        kept = np.full((len(queries), 100), -1, np.int64)
        for place, each in enumerate(ids):
            kept[place, :len(each)] = each
        np.save(f"{out}.{number}.npy", kept)
        found["searches"].append(
            {"nprobe": int(nprobe), "ratio": float(ratio), "wall": best.wall / len(queries),
             "cpu": best.cpu / len(queries)})
    with open(f"{out}.json", "w", encoding="utf-8") as file:
        json.dump(found, file)


main()
