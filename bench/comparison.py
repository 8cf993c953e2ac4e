"""How two sides are compared: alternating turns, medians, speeds at equal recall."""

import statistics
import sys
import time

import numpy as np

# OpenMP's threads go on spinning for a while after their work, which takes processors from
# whoever comes next.
SETTLING_SECONDS = 0.3

# How long one side searches before it is the other's turn.
TURN_SECONDS = 0.2


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
        # For times and memory less is better, for speeds more.
        ratio = theirs / ours if unit in ("s", "MB") else ours / theirs
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
        self.metric = metric
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
            b.append(sum(self.theirs.build(key, self.options.threads)))
        self.row(f"{name} {key}, build", statistics.median(a), statistics.median(b), "s")
        batch, alone = self.climb(knob, values, count, single)
        for kind, (ours, theirs) in (("batch", batch), ("single", alone)):
            for target in recalls:
                a, b = speed_at(ours, target), speed_at(theirs, target)
                if a and b:
                    self.row(f"{name} {key}, {kind}, recall {target}", a, b, "queries/s")

    def climb(self, knob, values, count, single, fixed=""):
        """Recall and speed of both sides at every value of a knob: for batches, and one by one."""
        batch, alone = ([], []), ([], [])
        for value in values:
            param = f"{fixed}{knob}={value}"
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
        return batch, alone

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
