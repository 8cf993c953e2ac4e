"""Vicinal and faiss, which have the same names in Python."""

import os
import sys
import time


class FactoryStrings:
    """Indexes by factory strings."""

    def __init__(self, name):
        if name == "vicinal":
            sys.path.insert(0, os.environ["VICINAL_PYTHON"])
            from vicinal import faiss
        else:
            import faiss
        self.faiss = faiss
        self.version = faiss.__version__

    def begin(self, dimension, metric, key, threads, count):
        """An empty index, for `count` vectors that come in batches. Parameters may follow the key, behind a
        space."""
        faiss = self.faiss
        faiss.omp_set_num_threads(threads)
        code = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT
        key, _, parameters = key.partition(" ")
        self.index = faiss.index_factory(dimension, key, code)
        if parameters:
            faiss.ParameterSpace().set_index_parameters(self.index, parameters)

    def train(self, rows):
        self.index.train(rows)

    def add(self, rows):
        self.index.add(rows)

    def finish(self):
        """There are no more batches."""

    def load(self, path, dimension, metric, key, is_mapped):
        """Opens what was saved; mapped, vectors stay in the file."""
        self.index = self.faiss.read_index(path, *[self.faiss.IO_FLAG_MMAP] if is_mapped else [])

    def build(self, rows, metric, key, threads):
        """Seconds of training and of adding."""
        self.begin(rows.shape[1], metric, key, threads, len(rows))
        started = time.perf_counter()
        self.index.train(rows)
        trained = time.perf_counter()
        self.index.add(rows)
        return trained - started, time.perf_counter() - trained

    def set(self, parameters, threads):
        self.faiss.omp_set_num_threads(threads)
        if parameters:
            self.faiss.ParameterSpace().set_index_parameters(self.index, parameters)

    def search(self, queries, k):
        return self.index.search(queries, k)[1]

    def save(self, path):
        self.faiss.write_index(self.index, path)

    def clusters(self, rows, k, rounds, threads):
        """Seconds, and the mean squared distance at the end."""
        faiss = self.faiss
        faiss.omp_set_num_threads(threads)
        kmeans = faiss.Kmeans(rows.shape[1], k, niter=rounds, max_points_per_centroid=1 << 20)
        started = time.perf_counter()
        kmeans.train(rows)
        seconds = time.perf_counter() - started
        distances, _ = kmeans.index.search(rows, 1)
        return seconds, float(distances.mean())

    def rotation(self, rows, parts, threads):
        """Seconds of training an OPQ, and the mean squared error of product codes behind it."""
        faiss = self.faiss
        faiss.omp_set_num_threads(threads)
        opq = faiss.OPQMatrix(rows.shape[1], parts)
        started = time.perf_counter()
        opq.train(rows)
        seconds = time.perf_counter() - started
        rotated = opq.apply(rows)
        quantizer = faiss.ProductQuantizer(rows.shape[1], parts, 8)
        quantizer.train(rotated)
        decoded = quantizer.decode(quantizer.compute_codes(rotated))
        return seconds, float(((rotated - decoded) ** 2).sum(1).mean())
