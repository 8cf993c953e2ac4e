"""Indexes of codes: PQ, fast scan, SQ, LSH, IVF and HNSW of them, and the training of transforms."""

import statistics
import time

from comparison import SETTLING_SECONDS, Bench, recall, speed_at

# Shares of the recall that both sides reach; codes alone bound it, so that fixed recalls would
# leave lines out.
SHARES = [0.8, 0.9, 0.95, 0.99]

PROBES = [1, 2, 4, 8, 16, 32, 64, 128]
BEAMS = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256]


class CodesBench(Bench):
    def run(self, name, base, queries, metric):
        super().run(name, base, queries, metric)
        if "codes" in self.options.what:
            self.codes(name, len(queries), base.shape[1])

    def codes(self, name, count, dimension):
        """All lines about codes for one data set.

        `np` keeps faiss from training polysemous codes, which takes minutes and which Vicinal only
        does when asked to.
        """
        # Eight dimensions per byte; four dimensions per nibble for fast scan, which is as many bytes.
        bytes_ = dimension // 8
        self.alone(name, "SQ8", count)
        self.alone(name, f"PQ{bytes_}np", count)
        self.alone(name, f"PQ{2 * bytes_}x4fs", count)
        if self.metric == "l2":
            self.alone(name, "LSHrt", count)
        self.codes_ladder(name, "IVF1024,SQ8", "nprobe", PROBES, count)
        self.codes_ladder(name, f"IVF1024,PQ{bytes_}np", "nprobe", PROBES, count)
        self.codes_ladder(name, f"IVF1024,PQ{2 * bytes_}x4fs", "nprobe", PROBES, count)
        self.codes_ladder(name, f"IVF1024,PQ{2 * bytes_}x4fs,RFlat", "nprobe", PROBES, count,
                          fixed="k_factor_rf=4,")
        self.codes_ladder(name, "HNSW32,SQ8", "efSearch", BEAMS, count, single=False)
        self.training(name, f"PCA{dimension // 2},Flat")
        if "opq" not in self.options.what:
            return
        self.training(name, f"OPQ{bytes_},Flat", builds=1)
        self.codes_ladder(name, f"OPQ{bytes_},IVF1024,PQ{bytes_}np", "nprobe", PROBES, count, builds=1)

    def alone(self, name, key, count):
        """An index without a knob: training, adding, search in a batch and one by one, memory."""
        self.build(name, key)
        a, b, found, ids = self.both()
        note = f"recall {recall(found, self.truth, 10):.4f} / {recall(ids, self.truth, 10):.4f}"
        self.row(f"{name} {key}, batch of {count}", count / a, count / b, "queries/s", note)
        a, b, _, _ = self.both(single=50)
        self.row(f"{name} {key}, single", 50 / a, 50 / b, "queries/s")
        self.memory(name, key, "")

    def build(self, name, key, builds=None):
        trained, added = ([], []), ([], [])
        for _ in range(builds or self.options.builds):
            time.sleep(SETTLING_SECONDS)
            mine = self.ours(op="build", key=key, threads=self.options.threads)
            trained[0].append(mine["trained"])
            added[0].append(mine["seconds"] - mine["trained"])
            seconds = self.theirs.build(key, self.options.threads)
            trained[1].append(seconds[0])
            added[1].append(seconds[1])
        for what, (a, b) in (("train", trained), ("add", added)):
            # Less than a few milliseconds says nothing.
            if min(statistics.median(a), statistics.median(b)) > 0.003:
                self.row(f"{name} {key}, {what}", statistics.median(a), statistics.median(b), "s")

    def training(self, name, key, builds=None):
        """Only the training, for a transform before a flat index."""
        a, b = [], []
        for _ in range(builds or self.options.builds):
            time.sleep(SETTLING_SECONDS)
            a.append(self.ours(op="build", key=key, threads=self.options.threads)["trained"])
            b.append(self.theirs.build(key, self.options.threads)[0])
        self.row(f"{name} {key.split(',')[0]}, train", statistics.median(a), statistics.median(b),
                 "s")

    def codes_ladder(self, name, key, knob, values, count, single=True, builds=None,
                     fixed=""):
        self.build(name, key, builds)
        batch, alone = self.climb(knob, values, count, single, fixed)
        reachable = min(max(r for r, _ in side) for side in batch)
        for kind, (ours, theirs) in (("batch", batch), ("single", alone)):
            for share in SHARES:
                target = share * reachable
                a, b = speed_at(ours, target), speed_at(theirs, target)
                if a and b:
                    self.row(f"{name} {key}, {kind}, recall {target:.3f}", a, b, "queries/s")
        self.memory(name, key, f"{fixed}{knob}={values[len(values) // 2]}")

    def memory(self, name, key, param):
        """Growth of resident memory of a new process that reads the file and searches it once."""
        mine, other = str(self.folder / "ours.index"), str(self.folder / "theirs.index")
        self.ours(op="save", path=mine)
        self.theirs.save(other)
        queries = str(self.folder / "query.npy")
        a = self.ours.resident(mine, queries, self.metric, param, self.options.threads)
        b = self.theirs.resident(other, queries, param, self.options.threads)
        self.row(f"{name} {key}, memory", a / 1e6, b / 1e6, "MB")
