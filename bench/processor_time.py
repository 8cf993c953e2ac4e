"""Processor time per query beside faiss, on one index file that both read.

Times on the clock need a quiet machine; the time that a process spends on the processors is much the
same on a busy one. Both sides search the same file with one thread, in turns; the ratio is the median
over the rounds of faiss's time by Vicinal's.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import faiss
import numpy as np
from sides import Faiss, Vicinal

ROWS = [
    ("sift-photo-200k", "SQ8", [""]),
    ("sift-photo-200k", "PQ16np", [""]),
    ("sift-photo-200k", "PQ32x4fs", [""]),
    ("sift-photo-200k", "LSHrt", [""]),
    ("sift-photo-200k", "IVF1024,PQ32x4fs", ["nprobe=4", "nprobe=16", "nprobe=64"]),
    ("sift-photo-200k", "IVF1024,PQ32x4fs,RFlat",
     ["nprobe=4,k_factor_rf=4", "nprobe=16,k_factor_rf=4", "nprobe=64,k_factor_rf=4"]),
    ("text-minilm-50k", "SQ8", [""]),
    ("text-minilm-50k", "PQ48np", [""]),
    ("text-minilm-50k", "PQ96x4fs", [""]),
    ("text-minilm-50k", "IVF1024,PQ48np", ["nprobe=4", "nprobe=16", "nprobe=64"]),
    ("text-minilm-50k", "IVF1024,PQ96x4fs", ["nprobe=4", "nprobe=16", "nprobe=64"]),
    ("text-minilm-50k", "IVF1024,PQ96x4fs,RFlat",
     ["nprobe=4,k_factor_rf=4", "nprobe=16,k_factor_rf=4", "nprobe=64,k_factor_rf=4"]),
]
K = 10
SINGLE_QUERIES = 200
TICKS = os.sysconf("SC_CLK_TCK")


class Row:
    """One index on both sides."""

    def __init__(self, options, name, key):
        folder = pathlib.Path(options.data) / name
        self.options = options
        self.metric = json.loads((folder / "meta.json").read_text())["metric"]
        self.ours = Vicinal(options.binary)
        self.ours(op="load", base=str(folder / "base.npy"), queries=str(folder / "query.npy"),
                  metric=self.metric)
        self.ours(op="build", key=key, threads=1)
        self.theirs = Faiss()
        self.theirs.load(np.load(folder / "base.npy").astype("f4"),
                         np.load(folder / "query.npy").astype("f4"), self.metric)
        with tempfile.TemporaryDirectory() as temporary:
            path = os.path.join(temporary, "both.index")
            self.ours(op="save", path=path)
            self.theirs.index = faiss.read_index(path)

    def spent(self):
        """Processor seconds of Vicinal's process so far."""
        text = pathlib.Path(f"/proc/{self.ours.process.pid}/stat").read_text()
        fields = text.rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def microseconds(self, clock, search, count):
        """Processor time of a query, from at least `seconds` of searching."""
        start, rounds = clock(), 0
        while clock() - start < self.options.seconds:
            search()
            rounds += 1
        return (clock() - start) / rounds / count * 1e6

    def compare(self, param, single):
        count = single or len(self.theirs.queries)
        pairs = []
        for _ in range(self.options.rounds):
            a = self.microseconds(
                self.spent,
                lambda: self.ours(op="search", k=K, param=param, threads=1, single=single), count)
            b = self.microseconds(
                time.process_time, lambda: self.theirs.search(K, param, 1, single), count)
            pairs.append((a, b))
        ratio = statistics.median(b / a for a, b in pairs)
        return (*(statistics.median(column) for column in zip(*pairs)), ratio)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", default=os.environ.get("VICINAL_BENCH_DATA", "../shared/data"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--keys", default="", help="only rows whose key contains this")
    options = parser.parse_args()
    print("| what | Vicinal µs | faiss µs | ratio |\n| --- | ---: | ---: | ---: |")
    for name, key, params in ROWS:
        if options.keys not in key:
            continue
        row = Row(options, name, key)
        for param in params:
            for single in (None, SINGLE_QUERIES):
                ours, theirs, ratio = row.compare(param, single)
                what = f"{name} {key}" + (f", {param}" if param else "")
                what += ", one by one" if single else ", batch"
                print(f"| {what} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} |", flush=True)
        row.ours.process.stdin.close()


if __name__ == "__main__":
    main()
