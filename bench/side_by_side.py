"""Vicinal beside faiss-cpu: same data, same threads, alternating runs, at equal recall.

Every figure is the median of several runs that alternate between the two, so that a busy moment
of the machine hits both. Where recall depends on a knob, both sides are measured over the whole
ladder of the knob, and speeds are compared at the same recall by interpolation.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import faiss
import numpy as np

from generate import clustered


# OpenMP's threads go on spinning for a while after their work, which takes processors from
# whoever comes next.
SETTLING_SECONDS = 0.3

# How long one side searches before it is the other's turn.
TURN_SECONDS = 0.2


class Vicinal:
    def __init__(self, binary):
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


class Faiss:
    def __init__(self):
        self.index = None

    def load(self, base, queries, metric):
        self.base, self.queries = base, queries
        self.metric = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT

    def build(self, key, threads):
        faiss.omp_set_num_threads(threads)
        index = faiss.index_factory(self.base.shape[1], key, self.metric)
        start = time.perf_counter()
        index.train(self.base)
        index.add(self.base)
        seconds = time.perf_counter() - start
        self.index = index
        return seconds

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


def recall(ids, truth, k):
    return np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(ids, truth)])


def speed_at(points, target):
    """Log-linear interpolation of queries per second at a recall; None outside the curve."""
    points = sorted(points)
    for (r0, q0), (r1, q1) in zip(points, points[1:]):
        if r0 <= target <= r1 and r1 > r0:
            share = (target - r0) / (r1 - r0)
            return float(np.exp(np.log(q0) + share * (np.log(q1) - np.log(q0))))
    return None


class Bench:
    def __init__(self, ours, theirs, folder, options):
        self.ours, self.theirs = ours, theirs
        self.folder, self.options = folder, options
        self.rows = []

    def row(self, name, ours, theirs, unit, note=""):
        # For times less is better, for speeds more.
        ratio = theirs / ours if unit == "s" else ours / theirs
        self.rows.append((name, ours, theirs, unit, ratio, note))
        print(f"  {name}: {ours:.4g} {unit} against {theirs:.4g}, ratio {ratio:.2f} {note}")
        sys.stdout.flush()

    def both(self, param="", single=None):
        """Median seconds and ids of a search on both sides, alternating.

        A turn begins with a pause and a search that does not count, so that neither side pays for
        what the other left in the caches and on the processors, and then searches for a while.
        """
        out = str(self.folder / "ids.npy")
        a, b = [], []
        for _ in range(self.options.runs):
            for seconds in (a, b):
                time.sleep(SETTLING_SECONDS)
                turn = []
                while len(turn) < 2 or (sum(turn) < TURN_SECONDS and len(turn) < 20):
                    if seconds is a:
                        last = self.ours(
                            op="search", k=10, param=param, threads=self.options.threads, out=out,
                            single=single,
                        )["seconds"]
                    else:
                        last, ids = self.theirs.search(10, param, self.options.threads, single)
                    turn.append(last)
                seconds.append(statistics.median(turn[1:]))
        found = np.load(out) if single is None else None
        return statistics.median(a), statistics.median(b), found, ids

    def run(self, name, base, queries, metric):
        print(f"{name}: {base.shape[0]} x {base.shape[1]}, {metric}")
        np.save(self.folder / "base.npy", base)
        np.save(self.folder / "query.npy", queries)
        self.ours(
            op="load", base=str(self.folder / "base.npy"),
            queries=str(self.folder / "query.npy"), metric=metric,
        )
        self.theirs.load(base.astype("f4"), queries.astype("f4"), metric)
        self.flat(name, len(queries))
        if "ivf" in self.options.what:
            self.ladder(name, self.options.ivf_key, "nprobe", [1, 2, 4, 8, 16, 32, 64, 128],
                        len(queries), self.options.recalls)
        if "hnsw" in self.options.what:
            self.ladder(name, "HNSW32", "efSearch", [8, 16, 24, 32, 48, 64, 96, 128, 192, 256],
                        len(queries), self.options.recalls, single=False)
        if "kmeans" in self.options.what:
            self.kmeans(name)

    def flat(self, name, count):
        self.ours(op="build", key="Flat", threads=self.options.threads)
        self.theirs.build("Flat", self.options.threads)
        a, b, found, truth = self.both()
        self.truth = truth
        self.row(f"{name} Flat, batch of {count}", count / a, count / b, "queries/s",
                 f"recall {recall(found, truth, 10):.4f}")
        a, b, _, _ = self.both(single=50)
        self.row(f"{name} Flat, single", 50 / a, 50 / b, "queries/s")

    def ladder(self, name, key, knob, values, count, recalls, single=True):
        a, b = [], []
        for _ in range(max(1, self.options.builds)):
            time.sleep(SETTLING_SECONDS)
            a.append(self.ours(op="build", key=key, threads=self.options.threads)["seconds"])
            b.append(self.theirs.build(key, self.options.threads))
        self.row(f"{name} {key}, build", statistics.median(a), statistics.median(b), "s")
        batch, alone = ([], []), ([], [])
        for value in values:
            param = f"{knob}={value}"
            a, b, found, ids = self.both(param)
            ours, theirs = recall(found, self.truth, 10), recall(ids, self.truth, 10)
            batch[0].append((ours, count / a))
            batch[1].append((theirs, count / b))
            print(f"    {param}: recall {ours:.4f} / {theirs:.4f},"
                  f" {count / a:.0f} / {count / b:.0f} queries/s")
            if single:
                a, b, _, _ = self.both(param, single=100)
                alone[0].append((ours, 100 / a))
                alone[1].append((theirs, 100 / b))
        for kind, (ours, theirs) in (("batch", batch), ("single", alone)):
            for target in recalls:
                a, b = speed_at(ours, target), speed_at(theirs, target)
                if a and b:
                    self.row(f"{name} {key}, {kind}, recall {target}", a, b, "queries/s")

    def kmeans(self, name):
        a, b = [], []
        for _ in range(self.options.builds):
            time.sleep(SETTLING_SECONDS)
            mine = self.ours(op="kmeans", k=self.options.centroids, iterations=10,
                             threads=self.options.threads)
            seconds, objective = self.theirs.kmeans(self.options.centroids, 10,
                                                    self.options.threads)
            a.append(mine["seconds"])
            b.append(seconds)
        self.row(f"{name} k-means, k {self.options.centroids}, 10 rounds",
                 statistics.median(a), statistics.median(b), "s",
                 f"objective {mine['objective'] / objective:.4f} of faiss's")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", default=os.environ.get("VICINAL_BENCH_DATA", "../shared/data"))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--builds", type=int, default=3)
    parser.add_argument("--centroids", type=int, default=1024)
    parser.add_argument("--ivf-key", default="IVF1024,Flat")
    parser.add_argument("--sets", default="sift-photo-200k,text-minilm-50k,clustered-200k")
    parser.add_argument("--what", default="ivf,hnsw,kmeans")
    parser.add_argument("--recalls", default="0.8,0.9,0.95,0.98")
    parser.add_argument("--out", default="demo-output/side-by-side.md")
    options = parser.parse_args()
    options.what = options.what.split(",")
    options.recalls = [float(value) for value in options.recalls.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Vicinal(options.binary), Faiss(), pathlib.Path(folder), options)
        for name in options.sets.split(","):
            path = pathlib.Path(options.data) / name
            if name.startswith("clustered-"):
                size = int(name.removeprefix("clustered-").removesuffix("k")) * 1000
                base, queries = clustered(size, 96)
                bench.run(name, base, queries, "l2")
            elif path.exists():
                metric = json.loads((path / "meta.json").read_text())["metric"]
                bench.run(name, np.load(path / "base.npy"), np.load(path / "query.npy"), metric)
            else:
                print(f"{name}: not found under {options.data}, left out")
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {processor()}, {options.threads} threads, faiss-cpu"
        f" {faiss.__version__} ({faiss.get_compile_options().strip()}), medians of"
        f" {options.runs} alternating runs (builds: {options.builds}), k = 10.",
        "",
        "| what | Vicinal | faiss | unit | ratio | note |",
        "| --- | ---: | ---: | --- | ---: | --- |",
    ]
    for name, ours, theirs, unit, ratio, note in bench.rows:
        lines.append(f"| {name} | {ours:.4g} | {theirs:.4g} | {unit} | {ratio:.2f} | {note} |")
    out = pathlib.Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
