"""What ratio_threshold brings: recall@10 against time per query along nprobe, for some ratios. Writes a
plot, docs/plots/fastivf-ratio.svg, and prints the points as Markdown."""

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


def measured(index, queries, truth, runs, single):
    """Recall and the least processor time per query of some runs."""
    best = np.inf
    for _ in range(runs):
        start = time.process_time()
        if single:
            ids = np.concatenate([index.search(each[None], k=10)[1] for each in queries])
        else:
            ids = index.search(queries, k=10)[1]
        best = min(best, time.process_time() - start)
    return recall(ids, truth, 10), best / len(queries)


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
    print("| data | queries | ratio | nprobe | recall@10 | µs per query |\n|---|---|---|---|---|---|")
    for place, name in enumerate(options.data):
        folder = prepared(name, options.source, options.folder)
        queries, truth = np.load(folder / "query.npy"), np.load(folder / "truth.npy")
        rows = np.load(folder / "base.npy")
        index = fast_ivf.FastIVF(rows.shape[1], nlist=NLIST[name])
        index.train(rows)
        for single in (False, True):
            plot = axes[2 * place + single]
            for ratio in RATIOS:
                index.ratio_threshold = ratio
                points = []
                for index.nprobe in PROBES:
                    found = measured(index, queries, truth, options.runs, single)
                    points.append(found)
                    print(f"| {name} | {'single' if single else 'batch'} | {ratio} | {index.nprobe} | "
                          f"{found[0]:.4f} | {found[1] * 1e6:.1f} |", flush=True)
                plot.plot(*zip(*[(each[0], each[1] * 1e6) for each in points]), marker=".",
                          label=f"ratio {ratio}" if ratio else "no ratio")
            plot.set_yscale("log")
            plot.set_title(f"{name}, {'single queries' if single else 'a batch of 1000'}")
            plot.set_xlabel("recall@10")
            plot.set_ylabel("µs of processor time per query")
            plot.grid(True, alpha=0.3)
    axes[0].legend()
    figure.tight_layout()
    os.makedirs(os.path.dirname(options.plot), exist_ok=True)
    figure.savefig(options.plot, format="svg", metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main()
