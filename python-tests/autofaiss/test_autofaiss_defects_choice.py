"""AutoFaiss's defects in choosing, training and tuning, one test for each (docs/autofaiss.md).

D2 and D3 have a file of their own, test_autofaiss_bounds.py; D22 is about GPUs.
"""

import json
import time

import faiss
import numpy as np
import pytest
from support import brute_force, clustered, recall, save


def cpu_milliseconds(index, queries, rounds=5):
    """CPU time of a single query with k = 10, the least mean of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for row in range(len(queries)):
            index.search(queries[row : row + 1], 10)
        best = min(best, (time.process_time() - started) / len(queries) * 1000)
    return best


def test_d1_tuning_stops_where_recall_is_reached(build, tmp_path):
    # AutoFaiss takes the slowest setting within 10 ms; that is slower than comparing every vector.
    rows, queries = clustered(20_000, 64, seed=1), clustered(200, 64, seed=1, part=1)
    path = tmp_path / "x.index"
    infos = build(save(tmp_path / "x.npy", rows), path, "--max-index-query-time-ms", 10,
                  timeout=300)
    exact = faiss.IndexFlatIP(64)
    exact.add(rows)
    index = faiss.read_index(str(path))
    assert cpu_milliseconds(index, queries) < 1.3 * cpu_milliseconds(exact, queries)
    _, found = index.search(queries, 10)
    assert recall(found, brute_force(rows, queries, "ip", 10)) > 0.9, infos["index_key"]


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_d3_few_dimensions(build, vicinal, quickly, tmp_path, d):
    # AutoFaiss has no key for d ≤ 4 under a small bound, and ends in an IndexError.
    rows = clustered(12_000, d, seed=d)
    path = save(tmp_path / "x.npy", rows)
    bound = rows.nbytes * 12 // 10
    infos = build(path, None, "--metric-type", "l2", "--max-index-memory-usage", f"{bound}B",
                  *quickly, timeout=120)
    assert infos["size in bytes"] <= bound
    done = vicinal("build-index", "--embeddings", path, "--no-save-on-disk",
                   "--max-index-memory-usage", "100B", code=78)
    assert "100.0B" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("memory", ["100M", "4G"])
def test_d6_training_samples_all_of_the_data(build, tmp_path, memory):
    # Vectors that drift away in the order of the file: the first say nothing about the others.
    rows = np.random.default_rng(2).normal(size=(20_000, 16)).astype("f4")
    rows[:, 0] += np.linspace(0, 200, len(rows))
    shuffled = np.random.default_rng(3).permutation(rows)
    evenness = {}
    for name, values in (("sorted", rows), ("shuffled", shuffled)):
        path = tmp_path / f"{name}.index"
        build(save(tmp_path / "x.npy", values), path, "--index-key", "IVF32,Flat", "--index-param",
              "nprobe=4", "--metric-type", "l2", "--current-memory-available", memory)
        index = faiss.read_index(str(path))
        evenness[name] = index.invlists.imbalance_factor()
    first = faiss.index_factory(16, "IVF32,Flat")
    first.train(rows[: 32 * 100])
    first.add(rows)
    assert evenness["sorted"] < 1.25 * evenness["shuffled"]
    assert first.invlists.imbalance_factor() > 5 * evenness["sorted"], "the case proves nothing"


def test_d7_the_neighbours_asked_for_come_back(build, tmp_path):
    # AutoFaiss takes the step below the one that is enough: 98.9 % where 99 % is asked.
    centres = np.random.default_rng(6).normal(size=(40, 16)) * 100
    rows = np.repeat(centres, 25, axis=0) + np.random.default_rng(7).normal(size=(1000, 16))
    rows = rows.astype("f4")
    for wanted in (60, 150, 400):
        path = tmp_path / "x.index"
        build(save(tmp_path / "x.npy", rows), path, "--index-key", "IVF32,Flat", "--metric-type",
              "l2", "--min-nearest-neighbors-to-retrieve", wanted, "--target-recall", 0)
        # The tuner's queries are all of the vectors here, so the share is not an estimate.
        _, ids = faiss.read_index(str(path)).search(rows, wanted)
        assert (ids >= 0).mean() >= 0.99, wanted


def test_d9_recall_is_that_of_vectors_that_are_left_out(build, tmp_path):
    # Each vector finds itself; with near duplicates apart, that alone is a tenth of recall@10.
    rows = np.random.default_rng(3).normal(size=(3000, 32)).astype("f4")
    path = tmp_path / "x.index"
    infos = build(save(tmp_path / "x.npy", rows), path, "--index-key", "IVF64,Flat",
                  "--index-param", "nprobe=2", "--metric-type", "l2")
    own, index = np.arange(len(rows)), faiss.read_index(str(path))
    found = index.search(rows, 11)[1]
    seen = recall(found[:, :10], brute_force(rows, rows, "l2", 10))
    others = np.array([row[row != me][:10] for row, me in zip(found, own, strict=True)])
    left_out = recall(others, brute_force(rows, rows, "l2", 10, own=own))
    assert seen > left_out + 0.05, "the case proves nothing"
    assert infos["10-recall@10"] == pytest.approx(left_out, abs=0.025)


def test_d9_the_user_may_give_queries(build, tmp_path):
    rows = clustered(4000, 32, seed=1)
    other = np.random.default_rng(4).normal(size=(300, 32)).astype("f4") * 3
    path = tmp_path / "x.index"
    infos = build(
        save(tmp_path / "x.npy", rows), path, "--index-key", "IVF64,Flat", "--index-param",
        "nprobe=3", "--metric-type", "l2", "--queries", save(tmp_path / "q.npy", other))
    found = faiss.read_index(str(path)).search(other, 10)[1]
    wanted = recall(found, brute_force(rows, other, "l2", 10))
    assert infos["10-recall@10"] == pytest.approx(wanted, abs=1e-3)


def test_d13_bounds_are_whole_bytes(vicinal, build, tmp_path):
    # AutoFaiss passes budgets on as text of one decimal, such as 31.9GB.
    path = save(tmp_path / "x.npy", clustered(5000, 48, seed=1))
    options = ("--index-key", "Flat", "--float-only")
    infos = build(path, None, *options)
    # Neither the loaded index nor the file may exceed the bound.
    need = max(infos["memory in bytes"], infos["size in bytes"])
    build(path, None, *options, "--max-index-memory-usage", f"{need}B")
    done = vicinal("build-index", "--embeddings", path, "--no-save-on-disk", *options,
                   "--max-index-memory-usage", f"{need - 1}B", code=78)
    assert str(need) in done.stderr and str(need - 1) in done.stderr
    for memory in ("1B", "0B"):
        done = vicinal("build-index", "--embeddings", path, "--no-save-on-disk", "--index-key",
                       "IVF64,Flat", "--current-memory-available", memory, code=(64, 78))
        assert "current-memory-available" in done.stderr or "memory" in done.stderr
        assert "-" + memory not in done.stderr


def test_d14_memory_is_checked_for_the_index_that_is_built(
    vicinal, build, quickly, tmp_path
):
    rows = clustered(12_000, 96, seed=1)
    path = save(tmp_path / "x.npy", rows)
    # Room for lists, not for the graph that would be chosen without --should-be-memory-mappable.
    bound = rows.nbytes * 113 // 100
    infos = build(path, None, "--should-be-memory-mappable", "--max-index-memory-usage",
                  f"{bound}B", "--float-only", *quickly, timeout=120)
    assert infos["index_key"].startswith("IVF") and infos["size in bytes"] <= bound
    # And training is refused by what these lists take to train, which a graph does not.
    done = vicinal("build-index", "--embeddings", path, "--no-save-on-disk", "--index-key",
                   "IVF512,Flat", "--current-memory-available", "200K", code=78)
    assert "IVF512" in done.stderr


def hamming(codes):
    """Bits that differ, for every two codes."""
    bits = np.unpackbits(codes, axis=1).astype(np.float32)
    ones = bits.sum(axis=1)
    return ones[:, None] + ones - 2 * bits @ bits.T


def codes_of(index):
    """The codes of an inverted file of one list."""
    size = index.ntotal * index.code_size
    return faiss.rev_swig_ptr(index.invlists.get_codes(0), size).reshape(index.ntotal, -1).copy()


def test_d15_long_codes_are_not_filtered(build, tmp_path):
    # 520 bytes are 4160 bits, of which half differ: AutoFaiss's ht=2048 drops half of all vectors.
    rows = np.random.default_rng(5).normal(size=(120, 1040)).astype("f4")
    rows[:60] += 3
    path = tmp_path / "x.index"
    build(save(tmp_path / "x.npy", rows), path, "--index-key", "IVF1,PQ1040x4", "--metric-type",
          "l2", "--target-recall", 0.9)
    index = faiss.read_index(str(path))
    assert index.polysemous_ht == 0 and index.code_size == 520
    assert (index.search(rows, len(rows))[1] >= 0).all()
    index.polysemous_ht = 2048
    assert (index.search(rows, len(rows))[1] >= 0).mean() < 0.7, "the case proves nothing"


def test_d15_codes_that_could_be_filtered_are_not(build, tmp_path):
    # 8-bit codes are trained so that codes of near vectors differ in few bits; with `np` they are not.
    rows = clustered(600, 16, seed=5, clusters=12)
    likeness = {}
    for key in ("IVF1,PQ4", "IVF1,PQ4np"):
        path = tmp_path / "x.index"
        build(save(tmp_path / "x.npy", rows), path, "--index-key", key, "--metric-type", "l2",
              "--target-recall", 0.9)
        index = faiss.read_index(str(path))
        assert index.polysemous_ht == 0
        _, found = index.search(rows[:100], 20)
        assert (found >= 0).all()
        index.make_direct_map()
        stored = index.reconstruct_n(0, len(rows))
        distances = ((stored[:, None] - stored) ** 2).sum(axis=2)
        above = np.triu_indices(len(rows), 1)
        likeness[key] = np.corrcoef(hamming(codes_of(index))[above], distances[above])[0, 1]
        index.polysemous_ht = 6
        assert (index.search(rows[:100], 600)[1] >= 0).mean() < 0.9, "a threshold would filter"
    assert likeness["IVF1,PQ4"] > likeness["IVF1,PQ4np"] + 0.2, likeness


def test_d16_rotations_that_are_trained_fast_lose_nothing(build, tmp_path):
    # The time is for benchmarks (docs/performance.md); here, that the short training is as good as one
    # of faiss's length that begins where ours ended, and that a rotation is worth it.
    rows = clustered(3000, 64, seed=1)
    rows = (rows @ np.linalg.qr(np.random.default_rng(2).normal(size=(64, 64)))[0]).astype("f4")
    rows *= np.linspace(0.2, 2, 64, dtype="f4")
    path, index_path = save(tmp_path / "x.npy", rows), tmp_path / "x.index"
    found = {}
    for key in ("OPQ8_64,Flat", "PQ8np", "OPQ8_64,PQ8np"):
        infos = build(path, index_path, "--index-key", key, "--metric-type", "l2")
        found[key] = infos["10-recall@10"]
        index = faiss.read_index(str(index_path))
    assert found["OPQ8_64,PQ8np"] > found["PQ8np"] + 0.02, found
    rotation = faiss.downcast_VectorTransform(index.chain.at(0))
    matrix = faiss.vector_to_array(rotation.A).reshape(64, 64)
    # Distances stay: the matrix is orthogonal.
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(64), atol=1e-4)
    # One round more of what OPQ repeats, the best rotation for the codes, gains next to nothing.
    turned = rows @ matrix.T
    quantizer = faiss.downcast_index(index.index).pq
    decoded = quantizer.decode(quantizer.compute_codes(turned))
    left, _, right = np.linalg.svd(decoded.T @ rows)
    before, after = (
        ((rows @ turn.T - decoded) ** 2).sum() for turn in (matrix, left @ right))
    assert after > 0.97 * before, (before, after)


def test_d24_the_same_input_gives_the_same_bytes(build, tmp_path):
    # A key and its parameters fix the bytes, whatever the number of threads.
    path = save(tmp_path / "x.npy", clustered(3000, 32, seed=1))
    for key in ("HNSW16", "IVF32,Flat", "OPQ8_32,IVF16,PQ8x8"):
        bytes_of = []
        for cores in (1, 2, 2):
            index = tmp_path / f"{len(bytes_of)}.index"
            build(path, index, "--index-key", key, "--nb-cores", cores, "--index-param",
                  "efSearch=32" if "HNSW" in key else "nprobe=4", timeout=120)
            bytes_of.append(index.read_bytes())
        assert bytes_of[0] == bytes_of[1] == bytes_of[2], key


def test_d24_a_build_with_default_options_can_be_made_again(build, quickly, tmp_path):
    # What is chosen and tuned rests on times, which are never the same; what it came to is in the
    # infos, and the same key, parameters and seed give the same bytes.
    path = save(tmp_path / "x.npy", clustered(3000, 32, seed=1))
    first, again = tmp_path / "first.index", tmp_path / "again.index"
    infos = build(path, first, timeout=120)
    parameters = ("--index-param", infos["index_param"]) if infos["index_param"] else ()
    more = () if infos["int8_companion"] else ("--float-only",)
    build(path, again, "--index-key", infos["index_key"], *parameters, *more, "--seed",
          infos["seed"], "--nb-cores", 1, timeout=120)
    assert first.read_bytes() == again.read_bytes()


def test_d24_the_table_decides_the_same_each_time(build, tmp_path):
    path = save(tmp_path / "x.npy", clustered(3000, 32, seed=1))
    keys = {build(path, None, "--selection", "table", "--nb-cores", cores)["index_key"]
            for cores in (1, 2, 2)}
    assert len(keys) == 1


def test_d24_the_seed_may_be_chosen(build, tmp_path):
    path = save(tmp_path / "x.npy", clustered(3000, 32, seed=1))
    made = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build(path, tmp_path / name, "--index-key", "IVF32,Flat", "--index-param", "nprobe=4",
              "--seed", seed)
        made[name] = (tmp_path / name).read_bytes()
    assert made["a"] == made["b"] != made["c"]
    assert json.loads((tmp_path / "a.json").read_text())["seed"] == 1
