"""hnswlib's graphs over floats."""

import time

import hnswlib


class HNSWLibGraph:
    version = "0.8.0"

    def build(self, rows, metric, key, threads):
        """`key`: HNSW and the links, 32 for M = 32; ef_construction is its usual one."""
        links = int(key.removeprefix("HNSW"))
        self.index = hnswlib.Index("l2" if metric == "l2" else "ip", rows.shape[1])
        self.index.init_index(len(rows), M=links, ef_construction=200)
        self.index.set_num_threads(threads)
        started = time.perf_counter()
        self.index.add_items(rows)
        return 0, time.perf_counter() - started

    def set(self, parameters, threads):
        self.threads = threads
        self.index.set_num_threads(threads)
        self.index.set_ef(int(parameters.removeprefix("efSearch=")))

    def search(self, queries, k):
        return self.index.knn_query(queries, k, num_threads=self.threads)[0]

    def save(self, path):
        self.index.save_index(path)
