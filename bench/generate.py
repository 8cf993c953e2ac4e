"""Clustered vectors of low intrinsic dimension, for sizes beyond the real data sets.

Each cluster is a random affine piece of `intrinsic` dimensions in `d`, with a little noise in
all directions; cluster sizes follow a power law, as in real embeddings.
"""

import argparse
import pathlib

import numpy as np


class Clusters:
    """A distribution to draw from, in one go or in parts."""

    def __init__(self, n, d, *, intrinsic=16, clusters=None, noise=0.02, seed=1):
        """For about `n` vectors of dimension `d`: the more vectors, the more clusters."""
        self.rng = rng = np.random.default_rng(seed)
        clusters = clusters or max(8, int(np.sqrt(n) / 2))
        self.d, self.noise = d, noise
        self.centres = rng.normal(size=(clusters, d)).astype("f4") / np.sqrt(d)
        weights = 1 / np.arange(1, clusters + 1) ** 0.7
        self.weights = weights / weights.sum()
        self.scale = rng.uniform(0.3, 1.0, size=clusters).astype("f4")
        frames = rng.normal(size=(min(clusters, 64), intrinsic, d)).astype("f4")
        self.frames = frames / np.sqrt(d)

    def draw(self, count):
        """The next vectors, float32."""
        rng, frames = self.rng, self.frames
        out = np.empty((count, self.d), "f4")
        member = rng.choice(len(self.centres), size=count, p=self.weights)
        for first in range(0, count, 65536):
            part = member[first : first + 65536]
            latent = rng.normal(size=(len(part), frames.shape[1])).astype("f4")
            latent *= self.scale[part, None]
            rows = self.centres[part]
            for frame in np.unique(part % len(frames)):
                mask = part % len(frames) == frame
                rows[mask] += latent[mask] @ frames[frame]
            rows += self.noise * rng.normal(size=rows.shape).astype("f4")
            out[first : first + 65536] = rows
        return out


def clustered(n, d, *, queries=1000, **options):
    """Returns (base, queries), float32, drawn from the same distribution."""
    source = Clusters(n, d, **options)
    return source.draw(n), source.draw(queries)


def write(folder, n, d, *, files=1, queries=1000, seed=1):
    """Writes folder/base/*.npy, no more than one of them in memory, and folder/query.npy."""
    (folder / "base").mkdir(parents=True, exist_ok=True)
    source = Clusters(n, d, seed=seed)
    for number in range(files):
        rows = n * (number + 1) // files - n * number // files
        np.save(folder / "base" / f"{number:04}.npy", source.draw(rows))
    np.save(folder / "query.npy", source.draw(queries))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("-d", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=1, help="cut the base into so many files")
    options = parser.parse_args()
    write(
        pathlib.Path(options.folder), options.n, options.d, files=options.files, seed=options.seed)
