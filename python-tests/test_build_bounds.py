"""The memory bound of `vicinal build-index` is kept, and results do not depend on threads."""

import numpy as np
import pytest
from support import METRICS, clustered, parameters, save

KEYS = (
    "Flat", "IVF64,Flat", "IVF64_HNSW16,Flat", "HNSW8", "HNSW32", "IDMap,Flat", "IDMap2,Flat",
    "IDMap2,IVF16,Flat", "IDMap,HNSW16",
)


@pytest.fixture(scope="module", params=[(3000, 24), (12_000, 40), (700, 100)], ids=str)
def sized(request, tmp_path_factory):
    """Files of different numbers of vectors and dimensions."""
    n, d = request.param
    return save(tmp_path_factory.mktemp("sized") / "x.npy", clustered(n, d, seed=n)), n * d * 4


def require_within(infos, bound):
    """Neither the file nor the loaded index exceeds the bound."""
    assert infos["size in bytes"] <= bound, infos["index_key"]
    assert infos["memory in bytes"] <= bound, infos["index_key"]


@pytest.mark.parametrize("share", [1.02, 1.1, 1.3, 1.6, 2.2, 40])
def test_the_chosen_index_fits_the_bound(build, sized, share):
    path, floats = sized
    bound = int(floats * share)
    # Not all the time that choosing could take: what matters is the size of whatever is chosen.
    options = ("--max-build-time", 1, "--max-index-memory-usage", f"{bound}B")
    infos = build(path, None, *options, code=None)
    require_within(infos, bound)
    assert infos["reason"]


@pytest.mark.parametrize("key", KEYS)
def test_a_named_index_fits_the_bound_or_is_refused(vicinal, build, data_path, key):
    # One byte less than an index takes must lead to a smaller one or a refusal, never to the same.
    options = ("--index-key", key, *parameters(key))
    bound = build(data_path, None, *options)["memory in bytes"]
    for _ in range(2):
        bound -= 1
        arguments = ("--max-index-memory-usage", f"{bound}B", *options)
        done = vicinal(
            "build-index", "--embeddings", data_path, "--no-save-on-disk", *arguments, code=None)
        if done.returncode == 78:
            return
        infos = build(data_path, None, *arguments)
        require_within(infos, bound)
        bound = infos["memory in bytes"]
    raise AssertionError("a bound below the size without a companion was not refused")


@pytest.fixture(scope="module")
def many_path(tmp_path_factory):
    """So many vectors that 104M, of which the process takes 80M, make several batches of them."""
    return save(tmp_path_factory.mktemp("many") / "x.npy", clustered(30_000, 48, seed=6))


@pytest.mark.parametrize("key", ["Flat", "HNSW8", "IDMap,Flat", "IVF16,Flat"])
def test_adding_in_many_batches_takes_no_more_memory(build, many_path, key):
    options = ("--index-key", key, *parameters(key))
    one = build(many_path, None, *options)["memory in bytes"]
    many = build(many_path, None, *options, "--current-memory-available", "104M")
    assert many["memory in bytes"] <= one * 1.02


def test_a_direct_map_counts_towards_the_bound(build, data_path):
    options = ("--index-key", "IVF64,Flat", "--index-param", "nprobe=2", "--make-direct-map")
    alone = build(data_path, None, *options[:-1])["memory in bytes"]
    mapped = build(data_path, None, *options)["memory in bytes"]
    assert mapped == pytest.approx(alone + 8 * 5000, rel=0.01)
    bound = mapped - 1
    require_within(
        build(data_path, None, *options, "--max-index-memory-usage", f"{bound}B"), bound)


def test_too_small_a_bound_tells_the_least(vicinal, data_path, tmp_path):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--max-index-memory-usage", "500K",
        "--index-key", "Flat", code=78, cwd=tmp_path)
    assert "937.5KB" in done.stderr and "500.0KB" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_named_index_that_cannot_fit_is_refused(vicinal, data_path, tmp_path, key):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--max-index-memory-usage", "900K",
        "--index-key", key, code=78, cwd=tmp_path)
    assert key.split(",")[0] in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_training_that_needs_too_much_memory_is_refused(vicinal, data_path, tmp_path):
    done = vicinal(
        "build-index", "--embeddings", data_path, "--index-key", "IVF128,Flat",
        "--current-memory-available", "200K", code=78, cwd=tmp_path)
    assert "current-memory-available" in done.stderr


def test_little_memory_gives_the_same_vectors(build, many_path, tmp_path):
    for memory in ("104M", "4G"):
        build(many_path, tmp_path / memory, "--index-key", "Flat", "--metric-type", "l2",
              "--current-memory-available", memory)
    assert (tmp_path / "104M").read_bytes() == (tmp_path / "4G").read_bytes()


@pytest.mark.parametrize("options", [
    (), ("--should-be-memory-mappable",),
    ("--should-be-memory-mappable", "--max-index-memory-usage", "1200K"),
])
def test_memory_mappable_means_inverted_lists(build, data_path, options):
    tabled = build(
        data_path, None, *options, "--target-recall", 0.1, "--selection", "table")["index_key"]
    assert tabled == ("IVF256,Flat" if options else "HNSW15,Flat")
    measured = build(data_path, None, *options, "--target-recall", 0.1)["index_key"]
    assert not options or "IVF" in measured


def test_float_only_leaves_out_the_companion(build, data_path):
    both = [build(data_path, None, "--index-key", "Flat", *extra)
            for extra in ((), ("--float-only",))]
    assert [infos["int8_companion"] for infos in both] == [True, False]
    assert both[1]["memory in bytes"] < both[0]["memory in bytes"]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("key", ["Flat", "IVF64,Flat", "IVF64_HNSW16,Flat", "HNSW16"])
def test_threads_do_not_change_a_byte(build, built, data_path, tmp_path, key, metric):
    for cores in (1, 2):
        build(data_path, tmp_path / f"{cores}", "--index-key", key, "--metric-type", metric,
              "--nb-cores", cores, *parameters(key))
    one, two = ((tmp_path / f"{cores}").read_bytes() for cores in (1, 2))
    assert one == two


def test_one_vector_and_equal_vectors_can_be_built(build, search, tmp_path):
    for n in (1, 2, 1500):
        rows = np.ones((n, 3), "f4")
        path = save(tmp_path / f"{n}.npy", rows)
        infos = build(path, tmp_path / f"{n}.index", "--metric-type", "l2")
        assert infos["nb vectors"] == n
        assert infos["10-recall@10"] == 1
        _, distances = search(tmp_path / f"{n}.index", rows[:1], 1)
        assert distances[0, 0] == 0
