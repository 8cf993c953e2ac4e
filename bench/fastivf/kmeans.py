"""Mini-batch k-means beside full k-means: the objective and the processor time. Prints Markdown."""

import argparse
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "python")]

import numpy as np  # noqa: E402

from data import prepared  # noqa: E402
from vicinal import faiss  # noqa: E402


def objective(index, rows):
    return float(np.sum(index.search(rows, 1)[0], dtype=np.float64))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(ROOT.parent / "shared/data"))
    parser.add_argument("--folder", default=str(ROOT / ".build/fastivf-data"))
    parser.add_argument("--data", nargs="*", default=[
        "text-minilm-50k", "generated", "sift-photo-200k"])
    parser.add_argument("--clusters", nargs="*", type=int, default=[256, 1024])
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    print("| data | clusters | full, rounds | objective ratio | time ratio | full s | batches s |")
    print("|---|---|---|---|---|---|---|")
    for name in options.data:
        if name.startswith("sift"):
            rows = np.load(f"{options.source}/{name}/base.npy").astype(np.float32)
        else:
            rows = np.load(prepared(name, options.source, options.folder) / "base.npy")
        spherical = not name.startswith("sift")
        for k in options.clusters:
            for rounds in (10, 25):
                found = []
                for batch in (0, -1):
                    kmeans = faiss.Kmeans(
                        rows.shape[1], k, niter=rounds, spherical=spherical, batch_size=batch,
                        max_points_per_centroid=1 << 20)
                    start = time.process_time()
                    kmeans.train(rows)
                    found.append((objective(kmeans.index, rows), time.process_time() - start))
                (full, slow), (batches, quick) = found
                print(f"| {name} | {k} | {rounds} | {batches / full:.4f} | {quick / slow:.2f} | "
                      f"{slow:.2f} | {quick:.2f} |", flush=True)


if __name__ == "__main__":
    main()
