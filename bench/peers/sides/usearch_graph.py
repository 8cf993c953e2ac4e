"""usearch's graphs, over floats or over bytes."""

import time

import numpy as np
import usearch
from usearch.index import Index


class USearchGraph:
    version = usearch.__version__

    def build(self, rows, metric, key, threads):
        """`key`: HNSW32 or HNSW32,i8: the links, and what vectors are kept as."""
        graph, _, kind = key.partition(",")
        links = int(graph.removeprefix("HNSW"))
        self.index = Index(
            ndim=rows.shape[1], metric="l2sq" if metric == "l2" else "ip", dtype=kind or "f32",
            connectivity=links)
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
