"""SVS's Vamana graphs, over floats or over LVQ codes."""

import os
import pathlib
import tempfile
import time

import numpy as np
import svs


class SVSGraph:
    version = "0.5.0"

    def begin(self, dimension, metric, key, threads, count):
        """Vamana is built in one go: batches are put together first."""
        self.settings = (metric, key, threads)
        self.rows, self.filled = np.empty((count, dimension), np.float32), 0

    def train(self, rows):
        """Learns nothing before it has all."""

    def add(self, rows):
        self.rows[self.filled:self.filled + len(rows)] = rows
        self.filled += len(rows)

    def finish(self):
        self.build(self.rows, *self.settings)
        del self.rows

    def load(self, path, dimension, metric, key, is_mapped):
        if is_mapped:
            raise NotImplementedError("graphs of SVS are not mapped from here")
        folder = pathlib.Path(path)
        data = str(folder / "data")
        if "," in key:
            data = svs.LVQLoader(data, padding=32)
        else:
            data = svs.VectorDataLoader(data, svs.DataType.float32)
        distance = svs.DistanceType.L2 if metric == "l2" else svs.DistanceType.MIP
        self.index = svs.Vamana(
            str(folder / "config"), svs.GraphLoader(str(folder / "graph")), data, distance)
        self.index.num_threads = 1

    def build(self, rows, metric, key, threads):
        """`key`: Vamana64, Vamana64,LVQ8 or Vamana64,LVQ4x8: the degree, and what vectors are kept as."""
        graph, _, codes = key.partition(",")
        degree = int(graph.removeprefix("Vamana"))
        distance = svs.DistanceType.L2 if metric == "l2" else svs.DistanceType.MIP
        parameters = svs.VamanaBuildParameters(
            alpha=1.2 if metric == "l2" else 0.95, graph_max_degree=degree,
            window_size=2 * degree)
        data = np.ascontiguousarray(rows, np.float32)
        with tempfile.TemporaryDirectory() as folder:
            if codes:
                path = os.path.join(folder, "rows.fvecs")
                svs.write_vecs(data, path)
                primary, _, residual = codes.removeprefix("LVQ").partition("x")
                loader = svs.VectorDataLoader(path, svs.DataType.float32, dims=data.shape[1])
                data = svs.LVQLoader(
                    loader, primary=int(primary), residual=int(residual or 0), padding=32)
            started = time.perf_counter()
            self.index = svs.Vamana.build(parameters, data, distance, num_threads=threads)
            return 0, time.perf_counter() - started

    def set(self, parameters, threads):
        self.index.num_threads = threads
        self.index.search_window_size = int(parameters.removeprefix("efSearch="))

    def search(self, queries, k):
        return self.index.search(queries, k)[0].astype(np.int64)

    def save(self, path):
        """A folder of three."""
        folder = pathlib.Path(path)
        self.index.save(*(str(folder / name) for name in ("config", "graph", "data")))
