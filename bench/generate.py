"""Clustered vectors of low intrinsic dimension, for sizes beyond the real data sets.

Each cluster is a random affine piece of `intrinsic` dimensions in `d`, with a little noise in
all directions; cluster sizes follow a power law, as in real embeddings.
"""

import argparse

import numpy as np


def clustered(n, d, *, intrinsic=16, clusters=None, noise=0.02, seed=1, queries=1000):
    """Returns (base, queries), float32, drawn from the same distribution."""
    rng = np.random.default_rng(seed)
    clusters = clusters or max(8, int(np.sqrt(n) / 2))
    centres = rng.normal(size=(clusters, d)).astype("f4") / np.sqrt(d)
    weights = 1 / np.arange(1, clusters + 1) ** 0.7
    weights /= weights.sum()
    scale = rng.uniform(0.3, 1.0, size=clusters).astype("f4")
    frames = rng.normal(size=(min(clusters, 64), intrinsic, d)).astype("f4") / np.sqrt(d)

    def draw(count):
        out = np.empty((count, d), "f4")
        member = rng.choice(clusters, size=count, p=weights)
        for first in range(0, count, 65536):
            part = member[first : first + 65536]
            latent = rng.normal(size=(len(part), intrinsic)).astype("f4") * scale[part, None]
            rows = centres[part]
            for frame in np.unique(part % len(frames)):
                mask = part % len(frames) == frame
                rows[mask] += latent[mask] @ frames[frame]
            rows += noise * rng.normal(size=rows.shape).astype("f4")
            out[first : first + 65536] = rows
        return out

    return draw(n), draw(queries)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("-d", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=1, help="cut the base into so many files")
    options = parser.parse_args()
    import pathlib

    folder = pathlib.Path(options.folder)
    (folder / "base").mkdir(parents=True, exist_ok=True)
    base, query = clustered(options.n, options.d, seed=options.seed)
    for number, part in enumerate(np.array_split(base, options.files)):
        np.save(folder / "base" / f"{number:04}.npy", part)
    np.save(folder / "query.npy", query)
