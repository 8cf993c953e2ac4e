"""Vicinal, fast-ivf 1.0.1 and faiss train and search the same data, one side after the other, each in a
process of its own with the same number of threads.

Processor time decides: other work on a machine adds to the time on the wall. Each search is the best of
some runs over all queries at once; what numba compiles is not counted. Output: a table (Markdown) and,
with --json, everything.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

from comparison import recall  # noqa: E402
from data import prepared  # noqa: E402

ROOT = HERE.parent.parent
ROWS = ["flat", "pq", "pq-rescored", "pq-calibrated", "compressed", "compressed-rescored"]
SIDES = ["vicinal", "fast-ivf", "faiss"]
PROBES = [1, 2, 4, 10, 20, 40, 80]
SETTINGS = [(probes, 0.5) for probes in PROBES]
NLIST = {"text-minilm-50k": 512, "generated": 1024, "generated-small": 64}


def run(side, row, folder, settings, options):
    """What a side reports, with recall; None if it could not run."""
    python = options.fastivf_python if side == "fast-ivf" else sys.executable
    with tempfile.TemporaryDirectory() as scratch:
        out = f"{scratch}/out"
        environment = dict(
            os.environ, SIDE_THREADS=str(options.threads), SIDE_RUNS=str(options.runs),
            SIDE_NLIST=str(NLIST[folder.name]), VICINAL_PYTHON=str(ROOT / "python"))
        call = subprocess.run(
            [python, str(HERE / "side.py"), side, row, str(folder), out,
             *(f"{probes}:{ratio}" for probes, ratio in settings)],
            env=environment, capture_output=True, text=True)
        if call.returncode:
            print(f"{side} {row}: {call.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None
        found = json.loads(pathlib.Path(f"{out}.json").read_text())
        truth = np.load(folder / "truth.npy")
        for number, search in enumerate(found["searches"]):
            ids = np.load(f"{out}.{number}.npy")
            search["recall10"] = float(recall(ids, truth, 10))
            search["recall100"] = float(recall(ids, truth, 100))
        return found


def time_at(searches, wanted, name, clock):
    """The least time that reaches a recall, between two settings by straight lines on logarithms."""
    points = sorted((each[name], each[clock]) for each in searches)
    reached = [seconds for value, seconds in points if value >= wanted]
    if not reached:
        return None
    best = min(reached)
    for (a, low), (b, high) in zip(points, points[1:]):
        if a < wanted <= b and b > a and low < high:
            share = (wanted - a) / (b - a)
            best = min(best, float(np.exp(np.log(low) + share * (np.log(high) - np.log(low)))))
    return best


def table(results, clock):
    """Lines of Markdown."""
    yield ("| data | row | side | training s | recall@10 | recall@100 | µs per query | "
           "µs at fast-ivf's recall@10 |")
    yield "|---|---|---|---|---|---|---|---|"
    for (name, row), sides in results.items():
        theirs = sides.get("fast-ivf")
        wanted = None if theirs is None else [
            each for each in theirs["searches"] if each["nprobe"] == 10][0]
        for side, found in sides.items():
            if found is None:
                yield f"| {name} | {row} | {side} | could not run | | | | |"
                continue
            at = [each for each in found["searches"] if each["nprobe"] == 10][0]
            equal = None if wanted is None else time_at(
                found["searches"], wanted["recall10"], "recall10", clock)
            if side == "fast-ivf":
                equal = wanted[clock]
            yield (f"| {name} | {row} | {side} | {found['train_' + clock]:.2f} | "
                   f"{at['recall10']:.3f} | {at['recall100']:.3f} | {at[clock] * 1e6:.1f} | "
                   + (f"{equal * 1e6:.1f} |" if equal is not None else "not reached |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fastivf-python", required=True)
    parser.add_argument("--source", default=str(ROOT.parent / "shared/data"))
    parser.add_argument("--folder", default=str(ROOT / ".build/fastivf-data"))
    parser.add_argument("--data", nargs="*", default=["text-minilm-50k", "generated"])
    parser.add_argument("--rows", nargs="*", default=ROWS)
    parser.add_argument("--sides", nargs="*", default=SIDES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu")
    parser.add_argument("--json")
    options = parser.parse_args()
    results = {}
    for name in options.data:
        folder = prepared(name, options.source, options.folder)
        for row in options.rows:
            sides = {}
            for side in options.sides:
                sides[side] = run(side, row, folder, SETTINGS, options)
                found = sides[side]
                if found:
                    print(f"{name} {row} {side}: {found['train_cpu']:.1f} s, " + ", ".join(
                        f"{each['recall10']:.3f}/{each['cpu'] * 1e6:.0f}"
                        for each in found["searches"]), file=sys.stderr)
            results[name, row] = sides
            if options.json:
                pathlib.Path(options.json).write_text(json.dumps(
                    {" ".join(key): value for key, value in results.items()}, indent=1))
    print("\n".join(table(results, options.clock)))


if __name__ == "__main__":
    main()
