"""Indexes of codes that both sides train from scratch: as much is found, and codes are as exact.

faiss's figures over several seeds, and ours at that time, are in recall_figures.json, because faiss
takes up to minutes for some. What it does in less than a second is done again, so that a new release
of faiss is noticed. New figures: bench/differential.py --record python-tests/recall_figures.json
"""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from differential import Row, by_faiss, by_vicinal, recorded, repository_data, shuffled  # noqa: E402

FIGURES = recorded(ROOT / "python-tests" / "recall_figures.json")

# Long vectors take long; these are of every codec and of the metric that the other set has not.
TEXT_KEYS = (
    "PQ32x4fs", "SQ8", "SQ4", "RaBitQ", "RaBitQ4", "PCA80,Flat", "IVF256,PQ16x4fs",
    "IVF256,RaBitQ", "HNSW32,SQ8",
)

# Seconds of faiss up to which it is done again.
QUICK = 1.0

# A seed that the recorded figures have too.
SEED = 0


@pytest.fixture(scope="module")
def data():
    return {one.name: one for one in repository_data()}


@pytest.mark.parametrize("name", [
    name for name, row in FIGURES.items() if row.metric == "l2" or row.key in TEXT_KEYS])
def test_as_much_is_found_and_codes_are_as_exact(binary, data, tmp_path, name):
    figures = FIGURES[name]
    ours = by_vicinal(binary, data[figures.data], shuffled(data[figures.data], SEED), figures.key,
                      tmp_path)
    row = Row(figures.data, figures.metric, figures.key, figures.theirs, [ours], figures.ours)
    print(row.line())
    assert row.is_as_good(), row.line()


@pytest.mark.parametrize("name", [
    name for name, row in FIGURES.items()
    if row.mean(row.theirs, "seconds") < QUICK and row.metric == "l2"])
def test_faiss_does_what_it_did(data, name):
    figures = FIGURES[name]
    vectors = data[figures.data]
    now = by_faiss(vectors, shuffled(vectors, SEED), figures.key)
    assert now.recall == pytest.approx(figures.theirs[SEED].recall, abs=0.02)
