"""hnswlib's graphs over floats."""

import time

import hnswlib


class HNSWLibGraph:
    version = "0.8.0"

    def begin(self, dimension, metric, key, threads, count):
        """`key`: HNSW and the links, 32 for M = 32; ef_construction is its usual one."""
        links = int(key.removeprefix("HNSW"))
        self.index = hnswlib.Index("l2" if metric == "l2" else "ip", dimension)
        self.index.init_index(count, M=links, ef_construction=200)
        self.index.set_num_threads(threads)
        self.threads = threads

    def train(self, rows):
        """Learns nothing."""

    def add(self, rows):
        self.index.add_items(rows)

    def finish(self):
        """There are no more batches."""

    def load(self, path, dimension, metric, key, is_mapped):
        if is_mapped:
            raise NotImplementedError("hnswlib maps no files")
        self.index = hnswlib.Index("l2" if metric == "l2" else "ip", dimension)
        self.index.load_index(path)
        self.threads = 1

    def build(self, rows, metric, key, threads):
        self.begin(rows.shape[1], metric, key, threads, len(rows))
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
