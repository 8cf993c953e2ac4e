"""Long calls of the main thread are made by threads that are kept, whatever signals come."""

import os
import random
import signal
import sys
import threading
import time

import numpy as np
import pytest

from under_test import ours, vicinal

callers = vicinal._native.callers

RNG = np.random.default_rng(8)
WIDE = RNG.random((30_000, 32), dtype=np.float32)


class Stopped(BaseException):
    """Raised by a handler."""


@pytest.fixture
def index():
    index = ours.index_factory(32, "IVF64,Flat")
    index.train(WIDE)
    index.add(WIDE)
    index.nprobe = 8
    return index


@pytest.fixture
def on_alarm():
    """Sets the handler of SIGALRM."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda handler: signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def threads():
    return len(os.listdir("/proc/self/task"))


def test_calls_start_no_threads_of_their_own(index, monkeypatch):
    started = []
    begin = callers.start_new_thread
    monkeypatch.setattr(
        callers, "start_new_thread", lambda *what: (started.append(what), begin(*what)))
    monkeypatch.setattr(callers, "_idle", [])
    for _ in range(20):
        index.search(WIDE[:500], 5)
    assert len(started) == 1


def test_nothing_is_held_of_a_call(index):
    class Watched(np.ndarray):
        gone = False

        def __del__(self):
            Watched.gone = True

    queries = WIDE[:500].copy().view(Watched)
    index.search(queries, 5)
    del queries
    until = time.monotonic() + 5  # the other thread may take a moment to leave the call
    while not Watched.gone and time.monotonic() < until:
        time.sleep(0.01)
    assert Watched.gone


def test_a_handler_may_search_while_a_search_runs(index, on_alarm):
    wanted = index.search(WIDE[:200], 5)
    flat = ours.IndexFlat(32, ours.METRIC_Canberra)
    flat.add(WIDE)
    seen = []
    on_alarm(lambda *_: seen.append(index.search(WIDE[:200], 5)))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.02)
    _, ids = flat.search(WIDE[:1000], 1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert (ids[:, 0] == np.arange(1000)).all()
    assert len(seen) > 1
    for found in seen:
        np.testing.assert_array_equal(found[1], wanted[1])


@pytest.mark.parametrize("signals", [1, 2])
def test_signals_at_any_moment(index, on_alarm, signals, monkeypatch):
    """Each call ends right or with what the handler raised; none hangs, and threads do not pile up."""
    # What a handler raises while an object is being freed is lost, as everywhere in Python.
    monkeypatch.setattr(sys, "unraisablehook", lambda *_: None)
    seed = time.time_ns() % 100_000
    delays = random.Random(seed)
    wanted = index.search(WIDE[:300], 5)[1]
    left = 0

    def stop(*_):
        nonlocal left
        if left > 0:
            left -= 1
            raise Stopped

    on_alarm(stop)
    at_first, ended, stopped = threads(), 0, 0
    until = time.monotonic() + 3
    while time.monotonic() < until:
        found = None
        try:
            try:
                left = signals
                signal.setitimer(signal.ITIMER_REAL, delays.uniform(1e-5, 3e-3), 5e-4)
                found = index.search(WIDE[:300], 5)[1]
                left = 0
            except Stopped:
                stopped += 1
                left = 0
        except Stopped:  # the second, just then
            pass
        signal.setitimer(signal.ITIMER_REAL, 0)
        if found is not None:
            ended += 1
            np.testing.assert_array_equal(found, wanted, err_msg=f"seed {seed}")
    assert stopped > 20 and ended > 20, (seed, stopped, ended)
    assert threads() < at_first + 20, seed
    np.testing.assert_array_equal(index.search(WIDE[:300], 5)[1], wanted)


def test_handlers_that_raise_at_once(on_alarm):
    """The call has ended when what the first handler raised arrives, although others raised right after it."""
    flat = ours.IndexFlat(32, ours.METRIC_Canberra)
    flat.add(WIDE)
    numbers = [signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2]
    before = [signal.getsignal(number) for number in numbers]

    def stop(*_):
        raise Stopped

    distances, ids = np.empty((20_000, 5), np.float32), np.empty((20_000, 5), np.int64)
    timer = threading.Timer(0.2, lambda: [os.kill(os.getpid(), number) for number in numbers])
    try:
        for number in numbers:
            signal.signal(number, stop)
        with pytest.raises(Stopped):
            timer.start()
            flat.search(WIDE[:20_000], 5, D=distances, I=ids)
        ids[:] = -7
        timer.join()
        time.sleep(0.5)
        assert (ids == -7).all(), "it still wrote into the caller's array"
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)


def test_a_forked_process_has_threads_of_its_own(index):
    wanted = index.search(WIDE[:500], 5)[1]
    child = os.fork()
    if child == 0:
        right = False
        try:
            right = bool((index.search(WIDE[:500], 5)[1] == wanted).all())
        finally:
            os._exit(0 if right else 1)
    for _ in range(300):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise AssertionError("the child did not end within 30 s")
    assert status == 0
