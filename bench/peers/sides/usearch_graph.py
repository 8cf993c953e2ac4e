"""usearch's graphs, over floats or over bytes."""

import time

import numpy as np
import usearch
from usearch.index import Index


class USearchGraph:
    version = usearch.__version__

    def begin(self, dimension, metric, key, threads, count):
        """`key`: HNSW32 or HNSW32,i8: the links, and what vectors are kept as."""
        graph, _, kind = key.partition(",")
        links = int(graph.removeprefix("HNSW"))
        self.index = Index(
            ndim=dimension, metric="l2sq" if metric == "l2" else "ip", dtype=kind or "f32",
            connectivity=links)
        self.threads = threads

    def train(self, rows):
        """Learns nothing."""

    def add(self, rows):
        self.index.add(len(self.index) + np.arange(len(rows)), rows, threads=self.threads)

    def finish(self):
        """There are no more batches."""

    def load(self, path, dimension, metric, key, is_mapped):
        self.begin(dimension, metric, key, 1, 0)
        (self.index.view if is_mapped else self.index.load)(path)

    def build(self, rows, metric, key, threads):
        self.begin(rows.shape[1], metric, key, threads, len(rows))
        started = time.perf_counter()
        self.index.add(np.arange(len(rows)), rows, threads=threads)
        return 0, time.perf_counter() - started

    def set(self, parameters, threads):
        self.threads = threads
        self.index.expansion_search = int(parameters.removeprefix("efSearch="))

    def search(self, queries, k):
        found = self.index.search(queries, k, threads=self.threads)
        return np.asarray(found.keys).reshape(len(queries), -1).astype(np.int64)

    def save(self, path):
        self.index.save(path)
