"""Ctrl-C, and any signal handler that raises, ends long calls within a second or so, and what they were
to change is as it was."""

import signal
import threading
import time

import numpy as np
import pytest

from under_test import ours, vicinal

lib = vicinal._native.lib
RNG = np.random.default_rng(5)
WIDE = RNG.random((60_000, 96), dtype=np.float32)
BITS = RNG.integers(0, 256, (400_000, 16), dtype=np.uint8)
LIMIT = 3  # seconds: one, on a machine that other tests keep busy


class Stopped(BaseException):
    """Raised by the handler; not an Exception, as KeyboardInterrupt is not."""


def ended_after(work, delay=0.25):
    """How long work goes on after a signal that comes `delay` seconds after it began, or None if it
    was ready before."""
    def stop(number, frame):
        nonlocal at
        at = time.perf_counter()
        raise Stopped

    at = None
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, delay)
    try:
        work()
    except Stopped:
        return time.perf_counter() - at
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return None


def graph(count=4000):
    index = ours.IndexHNSWFlat(96, 32)
    index.hnsw.efConstruction = 200
    index.add(WIDE[:count])
    return index


def lists():
    index = ours.index_factory(96, "IVF64,PQ48")
    index.train(WIDE[:20_000])
    return index


def flat():
    index = ours.IndexFlat(96, ours.METRIC_Canberra)
    index.add(WIDE)
    return index


def kmeans():
    return lambda: ours.Kmeans(96, 2000, niter=200, max_points_per_centroid=10_000).train(WIDE)


def training(key):
    index = ours.index_factory(96, key)
    return lambda: index.train(WIDE)


def quantizer():
    index = ours.ProductQuantizer(96, 12, 10)
    return lambda: index.train(WIDE)


def bits(key, count=0):
    index = ours.index_binary_factory(128, key)
    if count:
        index.add(BITS[:count])
    return index


def binary_lists():
    index = bits("BIVF2")
    index.train(BITS[:2000])
    index.add(BITS)
    index.nprobe = 2
    return index


WORK = {
    "train binary lists": lambda: (lambda index: lambda: index.train(BITS))(bits("BIVF4096")),
    "add to a binary graph": lambda: (lambda index: lambda: index.add(BITS))(bits("BHNSW32")),
    "search binary lists": lambda: (
        lambda index: lambda: index.search(BITS[:60_000], 10))(binary_lists()),
    "search bits": lambda: (lambda index: lambda: index.search(BITS[:30_000], 10))(bits("BFlat", 400_000)),
    "range search of bits": lambda: (
        lambda index: lambda: index.range_search(BITS[:30_000], 20))(bits("BFlat", 400_000)),
    "k-means": kmeans,
    "train lists": lambda: training("IVF4096,Flat"),
    "train OPQ": lambda: training("OPQ16,IVF256,PQ16"),
    "train residual quantizer": lambda: training("RQ12x8"),
    "train a product quantizer": quantizer,
    "search": lambda: (lambda index: lambda: index.search(WIDE[:20_000], 10))(flat()),
    "range search": lambda: (lambda index: lambda: index.range_search(WIDE[:20_000], 1.0))(flat()),
    "knn": lambda: lambda: ours.knn(WIDE[:20_000], WIDE, 5, ours.METRIC_Canberra),
}


@pytest.mark.parametrize("name", WORK)
def test_work_ends(name):
    took = ended_after(WORK[name]())
    assert took is not None, "it was ready before the signal came; give it more to do"
    assert took < LIMIT, took
    assert threading.active_count() < 20 and lib.vicinal_live_handles() < 1000


def test_a_graph_is_as_it_was():
    index = graph()
    wanted = index.search(WIDE[:50], 5)
    links = index.hnsw.neighbors
    took = ended_after(lambda: index.add(WIDE))
    assert took is not None and took < LIMIT, took
    assert index.ntotal == 4000
    np.testing.assert_array_equal(index.hnsw.neighbors, links)
    np.testing.assert_array_equal(index.search(WIDE[:50], 5)[1], wanted[1])
    # It goes on working, and nothing is cancelled any more.
    index.add(WIDE[:2000])
    assert index.ntotal == 6000


@pytest.mark.parametrize("key", ["BHNSW32", "BHash20", "BHash8x16"])
def test_binary_indexes_are_as_they_were(key):
    index = bits(key, 3000)
    wanted = index.search(BITS[:50], 3)
    took = ended_after(lambda: [index.add(BITS) for _ in range(50)], delay=0.1)
    assert took is not None and took < LIMIT, took
    # Additions are whole or not there.
    assert (index.ntotal - 3000) % len(BITS) == 0
    again = index.search(BITS[:50], 3)
    np.testing.assert_array_equal(again[0][:, 0], wanted[0][:, 0])
    index.add(BITS[:10])


def test_keyboard_interrupt():
    index = flat()
    # Of all ways this is the one that does not wake the main thread by itself.
    timer = threading.Timer(0.25, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            index.search(WIDE[:20_000], 10)
    finally:
        signal.signal(signal.SIGINT, before)
        timer.join()


def test_handlers_that_do_not_raise_change_nothing():
    ticks = []
    before = signal.signal(signal.SIGALRM, lambda *_: ticks.append(time.perf_counter()))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    index = flat()
    try:
        _, ids = index.search(WIDE[:300], 1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert (ids[:, 0] == np.arange(300)).all() and len(ticks) > 2


def test_other_threads_are_not_interrupted():
    index = flat()
    found = []
    thread = threading.Thread(target=lambda: found.append(index.search(WIDE[:200], 1)[1]))
    thread.start()
    ended_after(lambda: index.search(WIDE[:20_000], 10), delay=0.05)
    thread.join()
    assert (found[0][:, 0] == np.arange(200)).all()


def test_errors_come_through():
    with pytest.raises(RuntimeError, match="trained"):
        ours.index_factory(96, "IVF8,Flat").search(WIDE[:500], 1)
    broken = WIDE.copy()
    broken[777, 5] = np.nan
    with pytest.raises(vicinal.VicinalError, match="row 777"):
        ours.IndexFlatL2(96).add(broken)
    with pytest.raises(RuntimeError):
        lib_call = vicinal._native.check
        lib_call(lib.vicinal_cancellation_enter(1 << 60))
