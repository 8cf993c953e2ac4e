"""The service beside one written the original's way, in turns, so that what else the machine does falls on
both.

python compare.py --vicinal .build/release/vicinal --count 100000 --dimension 384 --rounds 3

Both services are filled with the same vectors. In each round each of them is measured without changes and
under ten changes a second. What is printed is the median of the rounds.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np

import load

HERE = pathlib.Path(__file__).resolve().parent


def start_vicinal(arguments, folder):
    process = subprocess.Popen(
        [arguments.vicinal, "serve", "--data-dir", folder, "--bind", "tcp://127.0.0.1:*",
         "--index", arguments.index], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := re.search(r"listening addresses=(\S+)", line):
            return process, found[1]
    raise SystemExit("vicinal serve did not start")


def start_baseline(folder, port, threads):
    address = f"tcp://127.0.0.1:{port}"
    environment = dict(os.environ) | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
    process = subprocess.Popen(
        [sys.executable, HERE / "baseline.py", "--bind", address, "--data-dir", folder],
        env=environment)
    return process, address


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vicinal", default="vicinal")
    parser.add_argument("--index", default="flat", help="of vicinal; the other is always flat")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.fill = arguments.count
    load.allow_many_clients()
    queries = np.random.default_rng(1).normal(
        size=(1000, arguments.dimension)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        vicinal, address = start_vicinal(arguments, folder / "vicinal")
        one, one_address = start_baseline(folder / "one", 14_101, 1)
        usual, usual_address = start_baseline(folder / "usual", 14_102, None)
        sides = {
            "Vicinal, frames": (address, "fast"), "Vicinal, pickle": (address, "pickle"),
            "the original's way, 1 thread": (one_address, "pickle"),
            "the original's way": (usual_address, "pickle")}
        try:
            for place in (address, one_address, usual_address):
                load.fill(load.Asker(place, "pickle"), arguments.count, arguments.dimension,
                          np.random.default_rng(2))
            measured = {}
            for turn in range(arguments.rounds):
                for name, (arguments.address, arguments.protocol) in sides.items():
                    for writes in (0, 10):
                        result = load.measure(arguments, queries, arguments.clients, writes)
                        measured.setdefault((name, writes), []).append(result)
                        print(turn, name, result, flush=True)
        finally:
            for process in (vicinal, one, usual):
                process.terminate()
                process.wait()

    def median(name, writes, field):
        return statistics.median(result[field] for result in measured[name, writes])

    print("| | searches/s | p50 | p99 | with 10 changes/s wanted: searches/s | p99 | changes/s |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name in sides:
        print(f"| {name} | {median(name, 0, 'searches_per_s'):,.0f} | {median(name, 0, 'p50_ms'):,.0f} ms |"
              f" {median(name, 0, 'p99_ms'):,.0f} ms | {median(name, 10, 'searches_per_s'):,.1f} |"
              f" {median(name, 10, 'p99_ms'):,.0f} ms | {median(name, 10, 'writes_per_s'):.2f} |")


if __name__ == "__main__":
    main()
