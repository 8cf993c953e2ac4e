"""`--current-memory-available` bounds the resident memory of the whole process."""

import faiss
import numpy as np
import pytest
from support import clustered, peak_of, save

MIB = 1 << 20


@pytest.fixture(scope="module")
def sized(tmp_path_factory):
    """Files of 100,000, 200,000 and 400,000 vectors of dimension 96: 37, 73 and 146 MiB."""
    folder = tmp_path_factory.mktemp("memory")
    vectors = clustered(400_000, 96, seed=4)
    return [save(folder / f"{n}.npy", vectors[:n]) for n in (100_000, 200_000, 400_000)]


@pytest.mark.parametrize("key", ["IVF256,Flat", "IVF256,SQ8", "OPQ16_64,IVF256,PQ16x4fs"])
def test_the_peak_stays_below_the_bound_for_every_size(binary, sized, tmp_path, key):
    bound = 160 * MIB
    # Codes behind a rotation take long to train, as long for all sizes.
    for path in (sized[2],) if "OPQ" in key else (sized[0], sized[2]):
        index = tmp_path / "x.index"
        peak, infos = peak_of([
            binary, "build-index", "--embeddings", path, "--index-path", index,
            "--index-infos-path", tmp_path / "x.json", "--index-key", key, "--metric-type", "l2",
            "--current-memory-available", f"{bound}B", "--target-recall", 0.8, "--json",
            "--verbose", 40])
        assert peak <= bound, f"{path.name}: {peak / MIB:.1f} MiB"
        assert infos["peak memory in bytes"] == pytest.approx(peak, rel=0.02)
        assert infos["nb vectors"] == faiss.read_index(str(index)).ntotal
        assert not (tmp_path / "x.index.work").exists()


@pytest.mark.parametrize(("bound", "sizes", "options"), [
    (160 * MIB, (2,), ()), (240 * MIB, (1,), ("--should-be-memory-mappable", "--target-recall", 0.9)),
])
def test_choosing_by_measuring_keeps_the_bound(binary, sized, tmp_path, bound, sizes, options):
    for path in (sized[number] for number in sizes):
        peak, infos = peak_of([
            binary, "build-index", "--embeddings", path, "--index-path", tmp_path / "x.index",
            "--index-infos-path", tmp_path / "x.json", "--metric-type", "l2",
            "--max-index-memory-usage", "60M", "--current-memory-available", f"{bound}B", "--json",
            # A quarter of this is for choosing: a handful of kinds, and codes among them.
            "--max-build-time", 30, "--verbose", 40, *options])
        assert peak <= bound, f"{path.name}: {peak / MIB:.1f} MiB"
        assert infos["selection"]["method"] == "measured"
        assert any(one["samplePoints"] for one in infos["selection"]["candidates"])
        assert infos["peak memory in bytes"] == pytest.approx(peak, rel=0.02)


def test_lists_put_together_on_disk_are_those_built_in_memory(binary, sized, tmp_path):
    # Measuring in a file is slow, and not what this is about.
    held = save(tmp_path / "queries.npy", clustered(50, 96, seed=4, part=1))
    for name, bound in (("small", 160), ("large", 4096)):
        peak_of([
            binary, "build-index", "--embeddings", sized[1], "--index-path", tmp_path / name,
            "--index-infos-path", tmp_path / f"{name}.json", "--index-key", "IVF64,Flat",
            "--index-param", "nprobe=8", "--metric-type", "l2", "--make-direct-map", "--queries", held,
            "--current-memory-available", f"{bound}M", "--json", "--verbose", 40])
    assert (tmp_path / "small").read_bytes() == (tmp_path / "large").read_bytes()


def test_what_cannot_fit_is_refused_with_the_least_that_would(vicinal, sized, tmp_path):
    options = (
        "build-index", "--embeddings", sized[1], "--index-path", tmp_path / "x.index",
        "--index-infos-path", tmp_path / "x.json", "--index-key", "HNSW16", "--index-param",
        "efSearch=20")
    done = vicinal(*options, "--current-memory-available", "120M", code=78)
    least = int(done.stderr.split("(")[1].split("B)")[0])
    assert list(tmp_path.iterdir()) == []
    assert 120 * MIB < least < 400 * MIB
    vicinal(*options, "--current-memory-available", f"{least - 2 * MIB}B", code=78)


def test_parts_need_the_memory_of_a_part(vicinal, sized, tmp_path):
    options = (
        "build-index", "--embeddings", sized[2], "--index-path", tmp_path / "x.index",
        "--index-infos-path", tmp_path / "x.json", "--index-key", "Flat",
        "--current-memory-available", "160M")
    vicinal(*options, code=78)
    vicinal(*options, "--nb-indices-to-keep", 4)


@pytest.mark.parametrize(("key", "size"), [("IVF64,Flat", 1), ("IVF256,SQ8", 2)])
def test_what_is_published_of_lists_on_disk_holds_for_the_file(
        binary, sized, tmp_path, key, size):
    held = save(tmp_path / "queries.npy", clustered(500, 96, seed=4, part=1))
    bound = 120 * MIB
    peak, infos = peak_of([
        binary, "build-index", "--embeddings", sized[size], "--index-path", tmp_path / "x.index",
        "--index-infos-path", tmp_path / "x.json", "--index-key", key, "--metric-type", "l2",
        "--current-memory-available", f"{bound}B", "--queries", held, "--json", "--verbose", 40])
    assert peak <= bound
    assert any("in the file" in warning for warning in infos["warnings"]), "built on disk"
    index, vectors, queries = (
        faiss.read_index(str(tmp_path / "x.index")), np.load(sized[size]), np.load(held))
    exact = faiss.knn(queries, vectors, 10)[1]
    found = index.search(queries, 10)[1]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, exact)])
    assert infos["10-recall@10"] == pytest.approx(recall, abs=0.005)
    assert infos["memory in bytes"] >= (tmp_path / "x.index").stat().st_size
