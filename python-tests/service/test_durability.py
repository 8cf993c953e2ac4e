"""What was answered is kept, whatever happens to the process, the disk or the client."""

import functools
import os
import resource
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest
from plain_client import Client, NoReply, items

D = 16

# How often the process is killed; VICINAL_KILLS=1000 is the long run of docs/service.md.
KILLS = int(os.environ.get("VICINAL_KILLS", "25"))


@functools.lru_cache(maxsize=None)
def vector(id, version=0):
    """The vector that an id has in a version of it."""
    return np.random.default_rng((id, version)).normal(size=D).astype(np.float32)


class Writer(threading.Thread):
    """Adds, updates and deletes until the service is gone, and notes what it was told."""

    def __init__(self, service, first, known, seed):
        super().__init__()
        self.service, self.next, self.known = service, first, known
        self.random = np.random.default_rng(seed)
        # What the last request would make of the ids it touches: unknown if it has no answer.
        self.open = {}

    def run(self):
        try:
            is_over = lambda: self.service.process.poll() is not None
            with Client(self.service.address, "pickle 5", is_over=is_over) as client:
                while True:
                    self.change(client)
        except NoReply:
            pass

    def change(self, client):
        added = range(self.next, self.next + int(self.random.integers(1, 4)))
        self.next += len(added)
        ids = sorted(self.known)
        touched = list(self.random.choice(ids, 2, replace=False)) if len(ids) > 9 else []
        after = {id: 0 for id in added}
        if touched:
            after[int(touched[0])] = self.known[touched[0]] + 1
            after[int(touched[1])] = None
        self.open = after
        updated = [int(touched[0])] if touched else []
        reply = client.change(
            (added, [vector(id) for id in added]),
            (updated, [vector(id, after[id]) for id in updated]) if updated else (),
            [int(touched[1])] if touched else [])
        if "error" in reply:
            assert reply["error"]["code"] == "shutting_down", reply
            # Nothing of it was applied.
            self.open = {}
            raise NoReply
        for id, version in after.items():
            if version is None:
                del self.known[id]
            else:
                self.known[id] = version
        self.open = {}


def stored(folder):
    with sqlite3.connect(f"file:{folder}/vectors.sqlite?mode=ro", uri=True) as database:
        rows = database.execute("SELECT id, vector FROM vectors").fetchall()
    database.close()
    return dict(rows)


def check(service, writers, folder):
    """Every answered change is there, and of each request without an answer all or nothing."""
    found = stored(folder)
    with Client(service.address, "pickle 5") as client:
        count = client.ask({"requests": ["status"]})["result"]["count"]
    assert count == len(found)
    wanted = {}
    for writer in writers:
        outcomes = set()
        for id, version in writer.open.items():
            before = writer.known.get(id)
            states = {}
            for name, state in (("before", before), ("after", version)):
                if state is None:
                    states[name] = id not in found
                else:
                    states[name] = found.get(id) == vector(id, state).tobytes()
            assert states["before"] != states["after"], (id, states)
            outcomes.add("after" if states["after"] else "before")
        assert len(outcomes) <= 1, "half a request was kept"
        if outcomes == {"after"}:
            for id, version in writer.open.items():
                if version is None:
                    writer.known.pop(id)
                else:
                    writer.known[id] = version
        writer.open = {}
        wanted |= writer.known
    assert set(found) == set(wanted)
    for id, version in wanted.items():
        assert found[id] == vector(id, version).tobytes(), id


def rounds(serve, folder, count, end):
    service = serve(folder=folder)
    known = [{} for _ in range(3)]
    nexts = [1_000_000 * (place + 1) for place in range(3)]
    answered, starts = 0, []
    for round in range(count):
        writers = [
            Writer(service, nexts[place], known[place], (round, place))
            for place in range(3)]
        for writer in writers:
            writer.start()
        # Longer than a few transactions, and a little different each time.
        time.sleep(0.1 + 0.01 * (round % 7))
        end(service)
        for writer in writers:
            writer.join()
        started = time.monotonic()
        service = serve(folder=folder)
        starts.append(time.monotonic() - started)
        check(service, writers, folder)
        nexts = [writer.next for writer in writers]
        with Client(service.address) as client:
            answered = client.ask({"requests": ["status"]})["result"]["sequence"]
        if round % 100 == 99:
            print(f"{round + 1} ends, {answered} changes", flush=True)
    assert answered > 3 * count, "the writers did not get far enough to be a test"
    print(f"{count} ends, {answered} changes, {sum(map(len, known))} vectors,"
          f" start {np.median(starts):.2f} s, longest {max(starts):.2f} s")


def test_killed_while_writing(serve, tmp_path):
    rounds(serve, tmp_path / "data", KILLS, lambda service: service.kill())


def test_ended_while_writing(serve, tmp_path):
    """SIGTERM: what was taken is answered, and it ends with 0 within 5 seconds."""

    def end(service):
        assert service.stop(5) == 0

    rounds(serve, tmp_path / "data", 3, end)


def test_sent_three_times(serve):
    """A client that gives up and sends again on a new socket: applied once, the same answer."""
    service = serve()
    with Client(service.address) as client:
        client.create([0], [vector(0)])
    for id in range(1, 51):
        request = {"requests": ["add"], "add": items([id], [vector(id)])}
        if id % 2:
            request["request_id"] = f"add {id}"
        replies = []
        for _ in range(3):
            with Client(service.address) as client:
                replies.append(client.ask(request))
        assert "error" not in replies[0], replies[0]
        assert replies[0] == replies[1] == replies[2]
        assert replies[0]["result"]["sequence"] == id + 1
    # Three at once on three sockets, none waiting for the answer of another.
    replies = []

    def send(request):
        with Client(service.address) as client:
            replies.append(client.ask(request))

    for id in range(100, 110):
        replies.clear()
        request = {"requests": ["add"], "add": items([id], [vector(id)])}
        threads = [threading.Thread(target=send, args=(request,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(replies) == 3 and replies[0] == replies[1] == replies[2], replies


def test_added_and_deleted_again_and_again(serve):
    """The same bytes with other changes between them are meant each time."""
    with Client(serve().address) as client:
        client.create([0], [vector(0)])
        for _ in range(5):
            assert client.change((([1], [vector(1)])))["result"]["added"] == 1
            assert client.change(delete=[1])["result"]["deleted"] == 1
        assert client.ask({"requests": ["status"]})["result"]["count"] == 1


def test_full_disk(serve):
    """No room: an error, nothing half-done, searches go on; with room again, all is well."""
    limit = 600_000

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    service = serve(preexec=limited)
    with Client(service.address) as client:
        client.create(range(100), [vector(id) for id in range(100)])
        refused = 0
        kept = 100
        for first in range(100, 20_000, 200):
            ids = range(first, first + 200)
            reply = client.change((ids, [vector(id) for id in ids]))
            if "error" in reply:
                assert reply["error"]["code"] == "storage_failed", reply
                refused += 1
                if refused == 3:
                    break
            else:
                kept += 200
            found = client.search([vector(5)])["result"]
            assert found[0, 0, 0] == 5
        assert refused == 3
        assert client.ask({"requests": ["status"]})["result"]["count"] == kept
        resource.prlimit(
            service.process.pid, resource.RLIMIT_FSIZE,
            (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert client.change((([90_000], [vector(1)])))["result"]["added"] == 1
        assert client.ask({"requests": ["status"]})["result"]["count"] == kept + 1


def test_one_owner(serve, vicinal, tmp_path):
    serve(folder=tmp_path / "data")
    refused = vicinal(
        "serve", "--data-dir", tmp_path / "data", "--bind", "tcp://127.0.0.1:*", code=74)
    assert "in use" in refused.stderr


@pytest.mark.parametrize("damage", ["garbage", "folder", "page"])
def test_damaged_store(serve, vicinal, tmp_path, damage):
    """A store that cannot be read ends the start with an error, not with a loop or a wrong answer."""
    folder = tmp_path / "data"
    service = serve(folder=folder)
    with Client(service.address) as client:
        client.create(range(500), [vector(id) for id in range(500)])
    assert service.stop() == 0
    path = folder / "vectors.sqlite"
    # The log, if it is there, would bring everything back.
    for name in ("vectors.sqlite-wal", "vectors.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    if damage == "garbage":
        path.write_bytes(np.random.default_rng(1).bytes(50_000))
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        data = bytearray(path.read_bytes())
        data[4096:] = bytes(len(data) - 4096)
        path.write_bytes(data)
    refused = vicinal("serve", "--data-dir", folder, "--bind", "tcp://127.0.0.1:*", code=65)
    assert "store" in refused.stderr


def test_left_over_files(serve, tmp_path):
    """What a crash may leave in the folder does not hinder the start."""
    folder = tmp_path / "data"
    service = serve(folder=folder)
    with Client(service.address) as client:
        client.create([1], [vector(1)])
    service.kill()
    (folder / "vectors.sqlite-shm").unlink(missing_ok=True)
    (folder / "vectors.sqlite.tmp").write_bytes(b"")
    with Client(serve(folder=folder).address) as client:
        assert client.search([vector(1)])["result"][1, 0, 0] == 0


def test_signal_to_the_group(serve):
    """Ctrl-C in a terminal ends it in order too."""
    service = serve()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(5) == 0
    assert any("stopped" in line for line in service.lines)
