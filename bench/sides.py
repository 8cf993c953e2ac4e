"""The two sides of a comparison, with the same operations: Vicinal in its own process, faiss here."""

import json
import os
import subprocess
import sys
import time

import faiss
import numpy as np


class Vicinal:
    """`VicinalBench`, asked by one JSON line per operation."""

    def __init__(self, binary):
        self.binary = binary
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer.get("error"):
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer

    def resident(self, path, queries, metric, param, threads):
        """Bytes of memory that a new process gains by reading a file and searching it once."""
        fresh = Vicinal(self.binary)
        fresh(op="load", base=queries, queries=queries, metric=metric)
        size = fresh(op="resident", path=path, param=param, threads=threads, k=10)["bytes"]
        fresh.process.stdin.close()
        fresh.process.wait()
        return size


class Faiss:
    """faiss-cpu through its Python module."""

    def __init__(self):
        self.index = None

    def load(self, base, queries, metric):
        self.base, self.queries = base, queries
        self.metric = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT

    def build(self, key, threads):
        """Seconds of training and of adding."""
        faiss.omp_set_num_threads(threads)
        index = faiss.index_factory(self.base.shape[1], key, self.metric)
        start = time.perf_counter()
        index.train(self.base)
        trained = time.perf_counter()
        index.add(self.base)
        self.index = index
        return trained - start, time.perf_counter() - trained

    def search(self, k, param, threads, single=None):
        faiss.omp_set_num_threads(threads)
        if param:
            faiss.ParameterSpace().set_index_parameters(self.index, param)
        start = time.perf_counter()
        if single:
            for query in range(min(single, len(self.queries))):
                _, ids = self.index.search(self.queries[query : query + 1], k)
        else:
            _, ids = self.index.search(self.queries, k)
        return time.perf_counter() - start, ids

    def kmeans(self, k, iterations, threads):
        faiss.omp_set_num_threads(threads)
        clustering = faiss.Clustering(self.base.shape[1], k)
        clustering.niter = iterations
        start = time.perf_counter()
        clustering.train(self.base, faiss.IndexFlatL2(self.base.shape[1]))
        return time.perf_counter() - start, clustering.iteration_stats.at(iterations - 1).obj

    def save(self, path):
        faiss.write_index(self.index, path)

    def resident(self, path, queries, param, threads):
        """As `Vicinal.resident`, in a new Python."""
        program = [sys.executable, __file__, path, queries, param, str(threads)]
        return int(subprocess.run(program, check=True, capture_output=True, text=True).stdout)


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(path, queries, param, threads):
    """Reads a file with faiss, searches it once and prints the growth of resident memory."""
    faiss.omp_set_num_threads(int(threads))
    queries = np.load(queries).astype("f4")
    # Threads, BLAS buffers and code pages are there before the measurement.
    small = faiss.IndexFlatL2(queries.shape[1])
    small.add(queries)
    small.search(queries, 10)
    before = resident_bytes()
    index = faiss.read_index(path)
    if param:
        faiss.ParameterSpace().set_index_parameters(index, param)
    index.search(queries, 10)
    print(resident_bytes() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
