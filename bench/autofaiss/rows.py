"""The rows of the comparison: data, metric and bounds."""

import dataclasses
import pathlib

import numpy as np

DIMENSION = 128
QUERIES = 1000


@dataclasses.dataclass(frozen=True)
class Row:
    """One build by each side. `source` is `clustered` or the name of a real slice."""

    name: str
    source: str
    count: int
    metric: str
    bound: str = "16G"
    mappable: bool = False
    # AutoFaiss itself cannot finish the row in an hour on two cores.
    theirs_is_slow: bool = False


ROWS = (
    Row("5k", "clustered", 5_000, "ip"),
    Row("5k-mapped", "clustered", 5_000, "l2", mappable=True),
    Row("10k", "clustered", 10_000, "ip"),
    Row("10k-6M", "clustered", 10_000, "l2", bound="6M"),
    Row("10k-mapped", "clustered", 10_000, "l2", mappable=True),
    Row("100k", "clustered", 100_000, "ip"),
    Row("100k-mapped", "clustered", 100_000, "l2", mappable=True),
    Row("100k-10M", "clustered", 100_000, "l2", bound="10M", theirs_is_slow=True),
    Row("100k-2M", "clustered", 100_000, "ip", bound="2M"),
    Row("500k", "clustered", 500_000, "ip"),
    Row("500k-mapped", "clustered", 500_000, "l2", mappable=True),
    Row("sift", "sift-photo-200k", 200_000, "l2"),
    Row("sift-mapped", "sift-photo-200k", 200_000, "l2", mappable=True),
    Row("sift-10M", "sift-photo-200k", 200_000, "l2", bound="10M", theirs_is_slow=True),
    Row("text", "text-minilm-50k", 50_000, "ip"),
    Row("text-mapped", "text-minilm-50k", 50_000, "ip", mappable=True),
    Row("text-10M", "text-minilm-50k", 50_000, "ip", bound="10M", theirs_is_slow=True),
)


def clustered(count, metric, seed=1):
    """Returns (base, queries) from the same source, float32.

    1000 centres ~ N(0, I) in 24 dimensions, chosen uniformly; a point is (centre + 0.5 N(0, I)) A
    + 0.05 N(0, I) with A of 24 × 128 ~ N(0, 1) / √24; of length 1 for inner products.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(1000, 24))
    spread = rng.normal(size=(24, DIMENSION)) / np.sqrt(24)

    def draw(number):
        out = np.empty((number, DIMENSION), "f4")
        for first in range(0, number, 50_000):
            n = min(50_000, number - first)
            latent = centres[rng.integers(1000, size=n)] + 0.5 * rng.normal(size=(n, 24))
            rows = latent @ spread + 0.05 * rng.normal(size=(n, DIMENSION))
            if metric == "ip":
                rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            out[first : first + n] = rows
        return out

    return draw(count), draw(QUERIES)


def prepare(row, folder, slices):
    """Writes base/0.npy and query.npy for a row, unless they are there; returns their folder.

    `slices` is the folder of the real data sets, needed for rows of those only.
    """
    place = pathlib.Path(folder) / f"{row.source}-{row.count}-{row.metric}"
    if (place / "query.npy").exists():
        return place
    if row.source == "clustered":
        base, queries = clustered(row.count, row.metric)
    else:
        if slices is None:
            raise SystemExit(f"{row.name}: --slices must name the folder that holds {row.source}")
        real = pathlib.Path(slices) / row.source
        base = np.load(real / "base.npy")[: row.count].astype("f4")
        queries = np.load(real / "query.npy")[:QUERIES].astype("f4")
    (place / "base").mkdir(parents=True, exist_ok=True)
    np.save(place / "base" / "0.npy", base)
    np.save(place / "query.npy", queries)
    return place
