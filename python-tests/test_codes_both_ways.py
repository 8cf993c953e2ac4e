"""Indexes of codes, behind transforms and refined: files go both ways between Vicinal and faiss, and
both find the same in them."""

import re

import faiss
import numpy as np
import pytest
from support import assert_same_neighbours, clustered, recall, save

N, D, K = 4000, 32, 10

VECTORS = clustered(N, D, seed=11)
QUERIES = clustered(30, D, seed=11, part=1)

# Codes whose values both compute from the same tables.
KEYS = (
    "PQ8", "PQ4x10", "PQ8x4", "PQ16x5", "SQ8", "SQ6", "SQ4", "SQfp16", "SQbf16",
    "IVF32,PQ8", "IVF32,PQ8x4", "IVF32,SQ8", "IVF32,SQ4", "IVF32,SQfp16", "IVF32,PQ8+8",
    "IVF32_HNSW8,PQ8", "IMI2x4,PQ8", "IMI2x4,Flat", "IVF64(RCQ2x3),Flat", "IVF32(RCQ1x3_1x2),PQ8",
    "OPQ8,PQ8", "OPQ8_16,IVF32,PQ8", "PCA16,Flat",
    "PCAR16,IVF32,SQ8", "RR,Flat", "Pad48,Flat", "L2norm,PCA16,Flat", "PQ8,RFlat",
    "IVF32,PQ8,RFlat", "IVF32,PQ8,Refine(SQ8)", "IDMap,PQ8", "IDMap,IVF32,SQ8",
    "RQ3x6", "IVF32,RQ3x6", "PRQ2x2x6", "IVF32,FlatPanorama4", "HNSW16,FlatPanorama4",
    "IVF32,FlatDedup", "IVF32(PQ8x4,RFlat),Flat", "IVF32(PQ8x4,RFlat),PQ8",
    "IVF32(PCA16,IVF4,Flat),Flat", "IVF32(RR,SQ8,Refine(SQfp16)),SQ8",
)

# faiss rounds the look-up tables of these to bytes; Vicinal does not.
ROUNDED_KEYS = ("PQ16x4fs", "IVF32,PQ16x4fs", "IVF32,PQ16x4fsr", "PQ16x4fs_64", "RaBitQfs", "IVF32,RaBitQfs")

FAISS_METRICS = {"l2": faiss.METRIC_L2, "ip": faiss.METRIC_INNER_PRODUCT}

# Over inner products there are neither multi-indexes nor sums of entries as cells, second codes
# or Panorama in graphs.
CASES = [
    (key, metric) for key in KEYS for metric in FAISS_METRICS
    if metric == "l2" or not ("IMI" in key or "RCQ" in key or "+" in key or key.startswith("HNSW16,FlatP"))
]

# How much of what one finds the other must find.
LEAST_COMMON = 0.9


def tolerance(key):
    """How far distances may be apart, relative to the largest."""
    # Where the processor multiplies bfloat16, faiss rounds the query to it too; Vicinal does not.
    return 4e-3 if key == "SQbf16" else 2e-5


def parameters(key):
    """Search parameters that make answers depend on every part."""
    return "nprobe=6" if "IVF" in key or "IMI" in key else None


def quick(key):
    """The same index without polysemous training, which takes faiss most of a minute."""
    return re.sub(r"PQ(\d+(?:x\d+)?)(?=,|$|\))", r"PQ\1np", key)


def searched_by_faiss(index, key):
    if parameters(key):
        faiss.ParameterSpace().set_index_parameters(index, parameters(key))
    distances, ids = index.search(QUERIES, K)
    return ids, distances


def searched_by_vicinal(search, path, key):
    option = ["--index-param", parameters(key)] if parameters(key) else []
    return search(path, QUERIES, K, *option)


@pytest.fixture(scope="module")
def written_by_faiss(tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-faiss")

    def path(key, metric):
        place = folder / f"{key.replace(',', '-')}-{metric}.index"
        if not place.exists():
            index = faiss.index_factory(D, quick(key), metric)
            index.train(VECTORS)
            if key.startswith("IDMap"):
                index.add_with_ids(VECTORS, np.arange(N) * 7 + 3)
            else:
                index.add(VECTORS)
            faiss.write_index(index, str(place))
        return place

    return path


@pytest.fixture(scope="module")
def written_by_vicinal(vicinal, tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-vicinal")
    vectors = save(folder / "vectors.npy", VECTORS)

    def path(key, metric):
        place = folder / f"{key.replace(',', '-')}-{metric}.index"
        if not place.exists():
            option = ["--index-param", parameters(key)] if parameters(key) else []
            vicinal(
                "build-index", "--embeddings", vectors, "--index-path", place, "--index-key", key,
                "--metric-type", metric, "--index-infos-path", folder / "infos.json", *option)
        return place

    return path


# Training OPQ takes faiss minutes.
@pytest.mark.parametrize(("key", "metric"), [case for case in CASES if "OPQ" not in case[0]])
def test_vicinal_finds_what_faiss_finds_in_files_of_faiss(written_by_faiss, search, key, metric):
    path = written_by_faiss(key, FAISS_METRICS[metric])
    wanted = searched_by_faiss(faiss.read_index(str(path)), key)
    assert_same_neighbours(searched_by_vicinal(search, path, key), wanted, tolerance=tolerance(key))


@pytest.mark.parametrize(("key", "metric"), CASES)
def test_faiss_finds_what_vicinal_finds_in_files_of_vicinal(
    written_by_vicinal, search, tmp_path, key, metric
):
    path = written_by_vicinal(key, metric)
    index = faiss.read_index(str(path))
    again = tmp_path / "again.index"
    faiss.write_index(index, str(again))
    assert again.read_bytes() == path.read_bytes()
    wanted = searched_by_faiss(index, key)
    assert_same_neighbours(searched_by_vicinal(search, path, key), wanted, tolerance=tolerance(key))


@pytest.mark.parametrize("metric", [faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT], ids=["l2", "ip"])
@pytest.mark.parametrize("key", ROUNDED_KEYS)
def test_fast_scan_files_of_faiss(written_by_faiss, search, key, metric):
    path = written_by_faiss(key, metric)
    wanted, _ = searched_by_faiss(faiss.read_index(str(path)), key)
    found, _ = searched_by_vicinal(search, path, key)
    assert recall(found, wanted) >= LEAST_COMMON


@pytest.mark.parametrize("metric", ["l2", "ip"])
@pytest.mark.parametrize("key", ROUNDED_KEYS)
def test_fast_scan_files_of_vicinal(written_by_vicinal, search, key, metric):
    path = written_by_vicinal(key, metric)
    wanted, _ = searched_by_faiss(faiss.read_index(str(path)), key)
    found, _ = searched_by_vicinal(search, path, key)
    assert recall(found, wanted) >= LEAST_COMMON
