"""Clients that change vectors and note what they were told, and the check that nothing of it is lost."""

import functools
import sqlite3
import threading

import numpy as np
from plain_client import Client, NoReply

D = 16

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
