"""Vicinal beside its peers: build time, bytes, memory, and queries a second at equal recall.

Each side is a process of its own. For every setting all sides search in turns, several times, after a pause
(threads of OpenMP go on spinning for a while), so that a busy moment of the machine hits all of them;
the median of the turns counts. Output: JSON with everything; report.py makes tables and plots of it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from comparison import SETTLING_SECONDS, recall  # noqa: E402
from data import prepared  # noqa: E402
from pairs import families  # noqa: E402
import report  # noqa: E402

SIDES = ["vicinal", "faiss", "hnswlib", "usearch", "svs"]
# Name: threads, and whether queries come one at a time.
MODES = {"single": (1, True), "batch": (1, False), "all threads": (None, False)}


class Peer:
    """A side in its process."""

    def __init__(self, name, threads):
        environment = dict(
            os.environ, PEERS_THREADS=str(threads), VICINAL_PYTHON=str(ROOT / "python"))
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), name], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __call__(self, op, **command):
        self.process.stdin.write(json.dumps({"op": op, **command}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended during {op}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}, {op}: {answer['error']}")
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Comparison:
    def __init__(self, options):
        self.options = options
        self.results = []

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def run(self, name):
        folder, metric = prepared(name, self.options.source, self.options.folder)
        truth = np.load(folder / "truth.npy")
        rows, dimension = np.load(folder / "base.npy", mmap_mode="r").shape
        for family, indexes in families(rows, dimension, metric).items():
            if self.options.families and family not in self.options.families:
                continue
            self.family(name, folder, metric, truth, family, indexes)
            self.keep()
        self.training(name, folder, metric, rows, dimension)

    def keep(self):
        pathlib.Path(self.options.json).write_text(json.dumps(
            {"about": self.about(), "results": self.results}, indent=1))

    def about(self):
        models = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")]
        return {"date": time.strftime("%Y-%m-%d"), "threads": self.options.threads,
                "processor": models[0].split(":", 1)[1].strip() if models else "",
                "runs": self.options.runs, "command": self.command()}

    def command(self):
        """What was asked, without where things lie."""
        names = " ".join(pathlib.Path(each).name for each in self.options.data)
        chosen = "".join(
            f" --{name} " + " ".join(f'"{each}"' for each in values)
            for name, values in (("families", self.options.families), ("sides", self.options.sides))
            if values and values != SIDES)
        return (f"--data {names}{chosen} --runs {self.options.runs} --builds {self.options.builds} "
                f"--seconds {self.options.seconds:g}")

    def opened(self, sides, folder, metric):
        """Processes by side; those that cannot begin are left out."""
        peers = {}
        for side in sides:
            if side not in self.options.sides:
                continue
            peer = Peer(side, self.options.threads)
            try:
                peer("load", folder=str(folder), metric=metric)
                peers[side] = peer
            except RuntimeError as error:
                self.say(f"left out: {error}")
        return peers

    def family(self, name, folder, metric, truth, family, indexes):
        peers = self.opened(indexes, folder, metric)
        found = {}
        for side, builds in self.builds(peers, indexes).items():
            found[side] = {
                "key": indexes[side][0], "bytes": peers[side]("size")["bytes"],
                "peak": builds[0]["peak"],
                "train": statistics.median(each["train"] for each in builds),
                "add": statistics.median(each["add"] for each in builds), "curves": {}}
        for mode, (threads, is_single) in MODES.items():
            threads = threads or self.options.threads
            longest = max((len(indexes[side][1]) for side in peers), default=0)
            for place in range(longest):
                self.setting(
                    {side: peer for side, peer in peers.items() if place < len(indexes[side][1])},
                    indexes, place, mode, threads, is_single, truth, found)
        for peer in peers.values():
            peer.end()
        for side, each in found.items():
            self.say(f"{name} {family} {side}: {each['train'] + each['add']:.1f} s, " + ", ".join(
                f"{point['recall']:.3f}/{point['qps']:.0f}" for point in each["curves"]["batch"]))
        self.results.append({
            "data": name, "family": family, "rows": len(np.load(folder / "base.npy", mmap_mode="r")),
            "sides": found})

    def builds(self, peers, indexes):
        """Every side builds in turn, several times; one that cannot is closed and left out."""
        done = {side: [] for side in peers}
        for _ in range(self.options.builds):
            for side in list(peers):
                time.sleep(SETTLING_SECONDS)
                try:
                    done[side].append(
                        peers[side]("build", key=indexes[side][0], threads=self.options.threads))
                except RuntimeError as error:
                    self.say(f"left out: {error}")
                    peers.pop(side).end()
                    del done[side]
        return done

    def setting(self, peers, indexes, place, mode, threads, is_single, truth, found):
        """All sides at one step of their ladders, in turns."""
        turns = {side: [] for side in peers}
        recalls = {}
        with tempfile.TemporaryDirectory() as scratch:
            for turn in range(self.options.runs):
                for side, peer in peers.items():
                    # One thread alone leaves none that spins.
                    time.sleep(SETTLING_SECONDS if threads > 1 else 0.01)
                    out = f"{scratch}/ids.npy" if turn == 0 else None
                    answer = peer(
                        "search", parameters=indexes[side][1][place], threads=threads,
                        mode="single" if is_single else "batch", seconds=self.options.seconds,
                        out=out)
                    turns[side].append(answer["times"])
                    if out:
                        ids = np.load(out)
                        recalls[side] = float(recall(ids, truth[:len(ids)], 10))
        for side, times in turns.items():
            middle = [statistics.median(each) for each in times]
            alone = sorted(sum(times, [])) if is_single else []
            found[side]["curves"].setdefault(mode, []).append({
                "parameters": indexes[side][1][place], "recall": recalls[side],
                "qps": 1 / statistics.median(middle),
                **({"p50": alone[len(alone) // 2], "p99": alone[len(alone) * 99 // 100]}
                   if alone else {})})

    def training(self, name, folder, metric, rows, dimension):
        """k-means and OPQ, with one thread, in turns."""
        wanted = self.options.families
        if wanted and not {"training", "k-means", "OPQ"} & set(wanted):
            return
        peers = self.opened(["vicinal", "faiss"], folder, metric)
        lists = 1024 if rows >= 100_000 else 512
        for what, command in (
                ("k-means", {"op": "clusters", "k": lists, "rounds": 10}),
                ("OPQ", {"op": "rotation", "parts": dimension // 8})):
            if wanted and not {"training", what} & set(wanted):
                continue
            turns = {side: [] for side in peers}
            for _ in range(self.options.builds):
                for side, peer in peers.items():
                    time.sleep(SETTLING_SECONDS)
                    turns[side].append(peer(threads=1, **command))
            self.results.append({"data": name, "family": what, "sides": {
                side: {"seconds": statistics.median(each["seconds"] for each in all),
                       "loss": statistics.median(each["loss"] for each in all)}
                for side, all in turns.items()}})
            self.say(f"{name} {what}: {self.results[-1]['sides']}")
            self.keep()
        for peer in peers.values():
            peer.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=os.environ.get(
        "VICINAL_BENCH_DATA", str(ROOT.parent / "shared/data")))
    parser.add_argument("--folder", default=str(ROOT / ".build/peers-data"))
    parser.add_argument("--data", nargs="*", help="names, or folders with base.npy and query.npy",
                        default=["sift-photo-200k", "text-minilm-50k", "generated-1m",
                                 "generated-200k"])
    parser.add_argument("--families", nargs="*", help="names of families.py, k-means, OPQ, and training for both")
    parser.add_argument("--sides", nargs="*", default=SIDES)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--builds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of a turn")
    parser.add_argument("--json", default="demo-output/peers.json")
    parser.add_argument("--markdown", default="demo-output/peers.md")
    parser.add_argument("--plots", default="demo-output/peers")
    options = parser.parse_args()
    pathlib.Path(options.json).parent.mkdir(parents=True, exist_ok=True)
    comparison = Comparison(options)
    for name in options.data:
        comparison.run(name)
    report.write(json.loads(pathlib.Path(options.json).read_text()), options.markdown, options.plots)


if __name__ == "__main__":
    main()
