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
import tempfile
import time

import faiss
import numpy as np

from codes import CodesBench
from generate import clustered
from sides import Faiss, Vicinal


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
    parser.add_argument("--what", default="ivf,hnsw,kmeans,codes,opq")
    parser.add_argument("--recalls", default="0.8,0.9,0.95,0.98")
    parser.add_argument("--out", default="demo-output/side-by-side.md")
    options = parser.parse_args()
    options.what = options.what.split(",")
    options.recalls = [float(value) for value in options.recalls.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        bench = CodesBench(Vicinal(options.binary), Faiss(), pathlib.Path(folder), options)
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
