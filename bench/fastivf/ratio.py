"""What ratio_threshold brings: recall@10 along nprobe, for some ratios, against the vectors that a query is
compared with, which is the same on every machine, and against the time of a batch. Writes a plot,
docs/plots/fastivf-ratio.svg, and prints the points as Markdown."""

import argparse
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "python")]

import matplotlib  # noqa: E402
import numpy as np  # noqa: E402

from comparison import recall  # noqa: E402
from data import prepared  # noqa: E402
from vicinal import faiss, fast_ivf  # noqa: E402

RATIOS = [0, 0.5, 0.7, 0.8, 0.9]
PROBES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
NLIST = {"text-minilm-50k": 512, "generated": 1024, "generated-small": 64}


def measured(index, queries, truth, runs):
    """Recall and the least processor time per query of some runs, in microseconds."""
    best = np.inf
    for _ in range(runs):
        start = time.process_time()
        ids = index.search(queries, k=10)[1]
        best = min(best, time.process_time() - start)
    return recall(ids, truth, 10), best / len(queries) * 1e6


def compared(index, queries):
    """The vectors that a query is compared with, on average."""
    lists = index.faiss
    sizes = np.array([lists.get_list_size(each) for each in range(index.nlist)])
    scores, cells = lists.quantizer.search(queries, index.nprobe)
    assert (scores[:, 0] > 0).all()
    kept = scores >= index.ratio_threshold * scores[:, :1]
    kept[:, 0] = True
    return (sizes[cells] * kept).sum(1).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(ROOT.parent / "shared/data"))
    parser.add_argument("--folder", default=str(ROOT / ".build/fastivf-data"))
    parser.add_argument("--data", nargs="*", default=["text-minilm-50k", "generated"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plot", default=str(ROOT / "docs/plots/fastivf-ratio.svg"))
    options = parser.parse_args()
    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "vicinal", "font.size": 8})
    from matplotlib import pyplot
    faiss.omp_set_num_threads(1)
    figure, axes = pyplot.subplots(
        1, 2 * len(options.data), figsize=(3.4 * 2 * len(options.data), 3.2))
    print("| data | ratio | nprobe | recall@10 | vectors compared | µs per query |\n"
          "|---|---|---|---|---|---|")
    for place, name in enumerate(options.data):
        folder = prepared(name, options.source, options.folder)
        queries, truth = np.load(folder / "query.npy"), np.load(folder / "truth.npy")
        rows = np.load(folder / "base.npy")
        index = fast_ivf.FastIVF(rows.shape[1], nlist=NLIST[name])
        index.train(rows)
        plots = axes[2 * place:2 * place + 2]
        for ratio in RATIOS:
            index.ratio_threshold = ratio
            points = []
            for index.nprobe in PROBES:
                found, micros = measured(index, queries, truth, options.runs)
                points.append((found, compared(index, queries), micros))
                print(f"| {name} | {ratio} | {index.nprobe} | {found:.4f} | {points[-1][1]:.0f} | "
                      f"{micros:.1f} |", flush=True)
            for number, plot in enumerate(plots):
                plot.plot([each[0] for each in points], [each[1 + number] for each in points],
                          marker=".", label=f"ratio {ratio}" if ratio else "no ratio")
        for plot, what in zip(plots, ("vectors compared per query", "µs of processor time per query")):
            plot.set_yscale("log")
            plot.set_title(name)
            plot.set_xlabel("recall@10")
            plot.set_ylabel(what)
            plot.grid(True, alpha=0.3)
    axes[0].legend()
    figure.tight_layout()
    os.makedirs(os.path.dirname(options.plot), exist_ok=True)
    figure.savefig(options.plot, format="svg", metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main()
