"""The process ends, or something fails, at chosen places of a change, a merge or a snapshot."""

import os
import signal
import time

import numpy as np
import pytest
from plain_client import Client, NoReply
from support import figure
from writers import Writer, check, vector

# How often each place is tried.
TIMES = figure("FAILPOINTS", 2)

MERGING = ("--index", "IVF4,Flat", "--merge-vectors", "40", "--merge-threads", "1")

POINTS = [
    "before-commit", "after-commit", "before-answer", "merge-read", "merge-built", "merge-publish",
    "merge-published", "snapshot-writing", "snapshot-files", "snapshot-rename", "snapshot-written"]


def failing(point):
    return os.environ | {"VICINAL_FAILPOINT": point}


def everything_is_found(service, known):
    """Each vector is its own nearest neighbour, in the main index or beside it."""
    with Client(service.address) as client:
        ids = sorted(known)
        for first in range(0, len(ids), 50):
            part = ids[first:first + 50]
            request = {"requests": ["search"], "search": [vector(id, known[id]) for id in part],
                       "k": 1, "parameters": {"nprobe": 4}}
            found = client.ask(request)["result"]
            assert found[0, :, 0].tolist() == part
            assert (found[1] == 0).all()


def wait_for(service, condition, seconds=30):
    with Client(service.address) as client:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = client.ask({"requests": ["status"]})["result"]
            if condition(status):
                return status
            time.sleep(0.02)
    raise AssertionError(status)


@pytest.mark.parametrize("point", POINTS)
def test_killed_there(serve, tmp_path, point):
    """What was answered is kept, wherever the process ends; of other requests all or nothing."""
    for turn in range(TIMES):
        if turn % 10 == 0:
            # What grew on and on would reach the place later and later.
            folder = tmp_path / f"data-{turn}"
            known = [{}, {}]
            following = [1_000_000, 2_000_000]
        # Not always the first time that it comes there: with a snapshot before it, and without.
        place = f"{point}@{1 + turn % 3 if 'merge' in point or 'snap' in point else 20 + turn * 7 % 70}"
        # A merge may begin, and end it, before it listens.
        service = serve(*MERGING, folder=folder, environment=failing(place), may_end=True)
        writers = [
            Writer(service, following[place], known[place], (turn, place)) for place in range(2)]
        for writer in writers if service.address else ():
            writer.start()
        service.process.wait(60)
        assert service.process.returncode == -signal.SIGKILL
        for writer in writers if service.address else ():
            writer.join()
        service = serve(*MERGING, folder=folder)
        check(service, writers, folder)
        everything_is_found(service, writers[0].known | writers[1].known)
        assert service.stop() == 0
        following = [writer.next for writer in writers]


@pytest.mark.parametrize("point", [point for point in POINTS if "merge-" in point])
def test_killed_while_an_index_is_extended(serve, tmp_path, point):
    """The second merge adds to the index of the first; then the process ends."""
    folder = tmp_path / "data"
    known = {}
    for turn in range(TIMES):
        service = serve(*MERGING, folder=folder)
        first = 1000 * turn
        with Client(service.address) as client:
            known = {id: 0 for id in range(first, first + 100)}
            client.create(known, [vector(id) for id in known])
            wait_for(service, lambda status: status["index"] == "IVF4,Flat" and not status["merge"])
        assert service.stop() == 0
        service = serve(*MERGING, folder=folder, environment=failing(f"{point}@1"))
        with Client(service.address, is_over=lambda: service.process.poll() is not None) as client:
            try:
                for id in range(first + 100, first + 145):
                    reply = client.change(([id], [vector(id)]), ([id - 50], [vector(id - 50, 1)]))
                    assert reply["result"]["added"] == 1
                    known |= {id: 0, id - 50: 1}
            except NoReply:
                pass
        service.process.wait(60)
        service = serve(*MERGING, folder=folder)
        status = wait_for(service, lambda status: not status["merge"] and status["delta"] <= 40)
        # The change without an answer may have been stored.
        known.pop(max(known) - 49)
        everything_is_found(service, known)
        assert status["merges_extended"] >= 1
        assert service.stop() == 0


@pytest.mark.parametrize("point", [point for point in POINTS if "merge-" in point or "snap" in point])
def test_failing_there(serve, point):
    """A merge or snapshot that fails is seen in the status; nothing else suffers."""
    service = serve(*MERGING, environment=failing(f"{point}:error@1"))
    known = {id: 0 for id in range(100)}
    with Client(service.address) as client:
        client.create(known, [vector(id) for id in known])
        if point.startswith("merge-"):
            # After merge-published the new index is in use already.
            status = wait_for(service, lambda status: status["merge_error"])
            assert point in status["merge_error"]
        everything_is_found(service, known)
        assert client.change(([500], [vector(500)]))["result"]["added"] == 1
        known[500] = 0
        assert client.ask({"requests": ["optimize"]})["result"] == {"started": True}
        status = wait_for(service, lambda status: status["merges"] and not status["merge"])
        assert status["index"] == "IVF4,Flat" and status["merge_error"] is None
        saved = client.ask({"requests": ["snapshot"]})["result"]
        assert saved == {"sequence": 2}
        everything_is_found(service, known)
    assert service.stop() == 0


def test_nobody_waits_for_a_merge(serve):
    """Changes and searches are answered while a merge takes seconds; an end cancels it."""
    service = serve(*MERGING, environment=failing("merge-built:sleep-2500"))
    known = {id: 0 for id in range(100)}
    with Client(service.address) as client:
        client.create(known, [vector(id) for id in known])
        status = wait_for(service, lambda status: status["merge"])
        assert {"reason", "phase", "fraction", "seconds", "phase_seconds_left"} == set(status["merge"])
        longest, begun = 0, time.monotonic()
        for id in range(200, 260):
            started = time.monotonic()
            assert client.change(([id], [vector(id)]))["result"]["added"] == 1
            known[id] = 0
            found = client.search([vector(id)])["result"]
            assert found[0, 0, 0] == id and found[1, 0, 0] == 0
            longest = max(longest, time.monotonic() - started)
        assert time.monotonic() - begun < 2.5 and longest < 1, "the merge was over too soon, or was waited for"
        status = wait_for(service, lambda status: status["index"] == "IVF4,Flat")
        assert status["delta"] == 60 and status["count"] == 160
        everything_is_found(service, known)
        client.ask({"requests": ["optimize"]})
        wait_for(service, lambda status: status["merge"])
    assert service.stop(5) == 0


def test_stopped_while_merging(serve, tmp_path):
    """SIGTERM during merges: exit 0 within 5 s, and the next start has everything."""
    folder = tmp_path / "data"
    known = [{}, {}]
    following = [1_000_000, 2_000_000]
    for turn in range(3):
        service = serve(*MERGING, folder=folder)
        writers = [
            Writer(service, following[place], known[place], (turn, place)) for place in range(2)]
        for writer in writers:
            writer.start()
        time.sleep(0.6)
        assert service.stop(5) == 0
        for writer in writers:
            writer.join()
        service = serve(*MERGING, folder=folder)
        check(service, writers, folder)
        everything_is_found(service, writers[0].known | writers[1].known)
        assert service.stop(5) == 0
        following = [writer.next for writer in writers]


def test_a_creation_during_a_merge(serve):
    service = serve(*MERGING, environment=failing("merge-built:sleep-800@1"))
    with Client(service.address) as client:
        client.create(range(100), [vector(id) for id in range(100)])
        wait_for(service, lambda status: status["merge"])
        client.create(range(1000, 1030), [vector(id) for id in range(1000, 1030)])
        status = wait_for(service, lambda status: not status["merge"])
        assert status["count"] == 30 and status["index"] == "Flat"
        everything_is_found(service, {id: 0 for id in range(1000, 1030)})
