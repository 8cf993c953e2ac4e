"""Bytes per vector and memory while building: Vicinal beside its peers.

Every index is built in a process of its own from batches of a mapped file, saved, and opened in another
process, where there is such a thing also mapped. JSON holds everything; the page of it is Markdown.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers"), str(HERE.parent)]

from data import prepared  # noqa: E402
from kinds import kinds  # noqa: E402
import page  # noqa: E402

SIDES = ["vicinal", "faiss", "hnswlib", "usearch", "svs"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def worker(task):
    """What a process says; None, told of, where a side cannot do that."""
    environment = dict(os.environ, VICINAL_PYTHON=str(ROOT / "python"))
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py")], input=json.dumps(task), env=environment, text=True,
        capture_output=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    reason = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    say(f"left out: {task['side']} {task['key']}, {task['does']}"
        f"{' mapped' if task.get('is_mapped') else ''}: {reason}")
    return None


def measured(side, key, files, metric, options):
    """Building, opening and mapping of one index."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        index = pathlib.Path(folder) / "index"
        if side == "svs":
            index.mkdir()  # it saves a folder of three
        task = {"side": side, "key": key, "metric": metric, "threads": options.threads,
                "batches": options.batches, "index": str(index), **files}
        built = worker({**task, "does": "build"})
        if built is None:
            return None
        for name, is_mapped in (("loaded", False), ("mapped", True)):
            built[name] = worker({**task, "does": "load", "is_mapped": is_mapped})
        return built


def sampled(folder, most):
    """The file of a sample of the vectors, taken evenly."""
    rows = np.load(folder / "base.npy", mmap_mode="r")
    path = folder / f"sample-{most}.npy"
    if not path.exists():
        np.save(path, rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(np.int64)])
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="bench/memory/run")
    parser.add_argument("--source", default=os.environ.get(
        "VICINAL_BENCH_DATA", str(ROOT.parent / "shared/data")))
    parser.add_argument("--folder", default=str(ROOT / ".build/peers-data"))
    parser.add_argument("--data", nargs="+", default=["sift-photo-200k", "text-minilm-50k"])
    parser.add_argument("--kinds", nargs="+", help="names of kinds.py")
    parser.add_argument("--sides", nargs="+", default=SIDES, choices=SIDES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batches", type=int, default=10, help="that vectors are added in")
    parser.add_argument("--sample", type=int, default=40 * 1024, help="vectors to train with")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "demo-output/memory.json")
    parser.add_argument("--markdown", type=pathlib.Path, default=ROOT / "demo-output/memory.md")
    options = parser.parse_args()
    names = kinds(64, "l2")
    if unknown := [kind for kind in options.kinds or [] if kind not in names]:
        parser.error(f"no kind is called {unknown[0]}; there are {', '.join(names)}")
    for path in (options.json, options.markdown):
        path.parent.mkdir(parents=True, exist_ok=True)
    about = {"date": time.strftime("%Y-%m-%d"), "threads": options.threads, "batches": options.batches,
             "command": " ".join(sys.argv[1:]),
             # What glibc was told: it decides how much of what is freed stays resident.
             "malloc": {name: value for name, value in sorted(os.environ.items())
                        if name.startswith("MALLOC_")}}
    results = []
    for data in options.data:
        folder, metric = prepared(data, options.source, options.folder)
        files = {"rows": str(folder / "base.npy"), "queries": str(folder / "query.npy"),
                 "sample": str(sampled(folder, options.sample))}
        dimension = np.load(files["rows"], mmap_mode="r").shape[1]
        for kind, keys in kinds(dimension, metric).items():
            for side, key in keys.items():
                if side not in options.sides or (options.kinds and kind not in options.kinds):
                    continue
                if found := measured(side, key, files, metric, options):
                    results.append({"data": data, "dimension": dimension, "kind": kind, "side": side,
                                    "key": key, **found})
                    options.json.write_text(json.dumps({"about": about, "results": results}, indent=1))
                    say(f"{data} {side} {key}: peak {found['peak'] / 1e6:.1f} MB, "
                        f"{page.of_demand(results[-1]):.2f} of batch and index")
    page.write({"about": about, "results": results}, options.markdown)


if __name__ == "__main__":
    main()
