"""Memory, building time, recall and speed of every family of indexes, for docs/choosing-an-index.md.

Only Vicinal is measured here; bench/side_by_side.py compares with others.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import matplotlib
import numpy as np

from comparison import recall, speed_at
from sides import Vicinal

PROBES = [1, 2, 4, 8, 16, 32, 64]
BEAMS = [8, 16, 32, 64, 128, 256]


def families(dimension, metric):
    """Key, knob, its values, and settings that stay as they are."""
    size = dimension // 8
    nprobe, ef, refine = ("nprobe", PROBES, ""), ("efSearch", BEAMS, ""), "k_factor_rf=4"
    return [
        ("Flat", None, [], ""),
        ("SQ8", None, [], ""),
        ("SQ4", None, [], ""),
        (f"PQ{size}", None, [], ""),
        (f"PQ{2 * size}x4fs", None, [], ""),
        (f"PQ{2 * size}x4fs,RFlat", None, [], refine),
        # Bits are compared by how many differ, which stands for L2 only.
        *([("LSHrt", None, [], "")] if metric == "l2" else []),
        ("RaBitQ", None, [], ""),
        ("IVF1024,Flat", *nprobe),
        ("IVF1024,SQ8", *nprobe),
        (f"IVF1024,PQ{size}", *nprobe),
        (f"OPQ{size},IVF1024,PQ{size}", *nprobe),
        (f"IVF1024,PQ{2 * size}x4fs", *nprobe),
        (f"IVF1024,PQ{2 * size}x4fs,RFlat", "nprobe", PROBES, refine),
        ("IVF1024,RaBitQ", *nprobe),
        ("IVF1024,RaBitQ,RFlat", "nprobe", PROBES, refine),
        ("HNSW32", *ef),
        ("HNSW32,SQ8", *ef),
        (f"HNSW32,PQ{size}", *ef),
    ]


class Measurement:
    def __init__(self, ours, folder, options):
        self.ours, self.folder, self.options = ours, folder, options

    def family(self, key, knob, values, fixed, queries, truth):
        build = self.ours(op="build", key=key, threads=self.options.threads)
        path = str(self.folder / "index")
        self.ours(op="save", path=path)
        points = []
        for value in values or [None]:
            param = ",".join(part for part in [fixed, value and f"{knob}={value}"] if part)
            points.append((param, *self.search(param, queries, truth)))
        row = {
            "key": key, "build": build["seconds"], "memory": build["bytes"],
            "file": os.path.getsize(path), "points": points,
        }
        print(key, f"{build['seconds']:.1f} s", [f"{r:.3f} {q:.0f}" for _, r, q in points],
              flush=True)
        return row

    def search(self, param, queries, truth):
        out, seconds = str(self.folder / "ids.npy"), []
        for _ in range(self.options.runs + 1):
            seconds.append(self.ours(op="search", k=10, param=param, out=out,
                                     threads=self.options.threads)["seconds"])
        return (float(recall(np.load(out), truth, 10)),
                len(queries) / statistics.median(seconds[1:]))

    def run(self, path):
        base, queries = np.load(path / "base.npy"), np.load(path / "query.npy")
        metric = json.loads((path / "meta.json").read_text())["metric"]
        self.ours(op="load", base=str(path / "base.npy"), queries=str(path / "query.npy"),
                  metric=metric)
        self.ours(op="build", key="Flat", threads=self.options.threads)
        out = str(self.folder / "truth.npy")
        self.ours(op="search", k=10, param="", out=out, threads=self.options.threads)
        truth = np.load(out)
        rows = [self.family(*family, queries, truth) for family in families(base.shape[1], metric)]
        return {"name": path.name, "count": len(base), "dimension": base.shape[1],
                "metric": metric, "rows": rows}


def table(result):
    """The measurements as Markdown."""
    count = result["count"]
    lines = [
        "| index | bytes per vector, file | in memory | build | most recall@10"
        " | queries/s there | queries/s at recall 0.9 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in result["rows"]:
        points = [(r, q) for _, r, q in row["points"]]
        best = max(points)
        if len(points) > 1:
            speed = speed_at(points, 0.9)
        else:
            speed = best[1] if best[0] >= 0.9 else None
        lines.append(
            f"| `{row['key']}` | {row['file'] / count:.0f} | {row['memory'] / count:.0f} |"
            f" {row['build']:.1f} s | {best[0]:.3f} | {rounded(best[1])} |"
            f" {rounded(speed) if speed else '–'} |")
    return "\n".join(lines)


def rounded(value):
    return f"{float(f'{value:.3g}'):,.0f}"


def style(key):
    """Colour by what finds candidates, marker by what is kept of vectors."""
    colour = "C1" if "IVF" in key else "C2" if "HNSW" in key else "C0"
    for part, marker in (("RFlat", "*"), ("fs", "s"), ("OPQ", "P"), ("PQ", "D"), ("SQ", "^"),
                         ("RaBitQ", "v"), ("LSH", "x")):
        if part in key:
            return colour, marker
    return colour, "o"


def plot(result, folder):
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vicinal", "font.size": 8})
    from matplotlib import pyplot

    title = f"{result['name']}, {result['count']:,} × {result['dimension']}"
    figure, axes = pyplot.subplots(figsize=(7, 5))
    for row in result["rows"]:
        colour, marker = style(row["key"])
        axes.plot([r for _, r, _ in row["points"]], [q for _, _, q in row["points"]], marker=marker,
                  color=colour, label=row["key"], linewidth=0.8, markersize=4)
    axes.set(xlabel="recall@10", ylabel="queries per second", yscale="log", title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=6, ncol=2)
    save(figure, folder / f"{result['name']}-speed.svg")

    figure, axes = pyplot.subplots(figsize=(7, 5))
    for row in result["rows"]:
        colour, marker = style(row["key"])
        size, best = row["file"] / result["count"], max(r for _, r, _ in row["points"])
        axes.plot(size, best, marker=marker, color=colour, linestyle="")
        axes.annotate(row["key"], (size, best), xytext=(4, 2), textcoords="offset points",
                      fontsize=6)
    axes.set(xlabel="bytes per vector in the file", ylabel="most recall@10", xscale="log",
             title=title)
    axes.grid(alpha=0.3)
    save(figure, folder / f"{result['name']}-memory.svg")


def save(figure, path):
    figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches="tight")
    print(f"written to {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", default=os.environ.get("VICINAL_BENCH_DATA", "../shared/data"))
    parser.add_argument("--sets", default="sift-photo-200k,text-minilm-50k")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", default="docs/plots")
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    tables = [f"{time.strftime('%Y-%m-%d')}, {options.threads} threads, batches of all queries."]
    with tempfile.TemporaryDirectory() as folder:
        measurement = Measurement(Vicinal(options.binary), pathlib.Path(folder), options)
        for name in options.sets.split(","):
            result = measurement.run(pathlib.Path(options.data) / name)
            plot(result, out)
            tables.append(f"### {name}\n\n{table(result)}")
    pathlib.Path("demo-output/families.md").write_text("\n\n".join(tables) + "\n")


if __name__ == "__main__":
    main()
