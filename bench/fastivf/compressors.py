"""Projections to fewer dimensions beside each other: how many of the true ten nearest are among the ten
nearest of the projected vectors, and among the best hundred, of which comparing again would find them; no
index between. Prints Markdown."""

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

DIVISORS = [8, 4, 2]


def kept(transform, rows, queries, truth):
    """The share of the true ten among the first ten and hundred, by cosine similarity."""
    norm = faiss.NormalizationTransform(transform.d_out)
    index = faiss.IndexFlatIP(transform.d_out)
    index.add(norm.apply(transform.apply(rows)))
    ids = index.search(norm.apply(transform.apply(queries)), 100)[1]
    return [np.mean([len(set(a[:k]) & set(b[:10])) / 10 for a, b in zip(ids, truth)])
            for k in (10, 100)]


class Uncentred:
    """The directions of a PCA alone."""

    def __init__(self, dimension, to):
        self.d_in, self.d_out = dimension, to

    def train(self, rows):
        pca = faiss.VectorTransform(f"PCA{self.d_out}", self.d_in)
        pca.train(rows)
        linear = faiss.LinearTransform(self.d_in, self.d_out, A=pca._matrix())
        self.apply = linear.apply


def candidates(dimension, to):
    """Names with untrained transforms."""
    yield "PCA", faiss.VectorTransform(f"PCA{to}", dimension)
    yield "PCA, mean not taken off", Uncentred(dimension, to)
    yield "autoencoder", faiss.VectorTransform(f"AE{to}", dimension)
    raw = faiss.VectorTransform(f"AE{to}", dimension)
    raw._set_option("orthonormal", 0)
    yield "autoencoder, as trained", raw
    yield "cell classifier", faiss.VectorTransform(f"CC{to}x1024", dimension)
    raw = faiss.VectorTransform(f"CC{to}x1024", dimension)
    raw._set_option("orthonormal", 0)
    yield "cell classifier, as trained", raw
    yield "random rotation", faiss.VectorTransform(f"RR{to}", dimension)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(ROOT.parent / "shared/data"))
    parser.add_argument("--folder", default=str(ROOT / ".build/fastivf-data"))
    parser.add_argument("--data", nargs="*", default=["text-minilm-50k", "generated"])
    parser.add_argument("--divisors", nargs="*", type=int, default=DIVISORS)
    options = parser.parse_args()
    print("| data | from | to | projection | recall@10 | 10 of 100 | training s (CPU) |")
    print("|---|---|---|---|---|---|---|")
    for name in options.data:
        folder = prepared(name, options.source, options.folder)
        rows, queries = np.load(folder / "base.npy"), np.load(folder / "query.npy")
        truth, d = np.load(folder / "truth.npy"), rows.shape[1]
        for to in (d // each for each in options.divisors):
            for label, transform in candidates(d, to):
                start = time.process_time()
                transform.train(rows)
                seconds = time.process_time() - start
                ten, hundred = kept(transform, rows, queries, truth)
                print(f"| {name} | {d} | {to} | {label} | {ten:.3f} | {hundred:.3f} | {seconds:.1f} |",
                      flush=True)


if __name__ == "__main__":
    main()
