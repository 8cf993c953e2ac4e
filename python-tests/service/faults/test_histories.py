"""Stores that were one once: snapshots of the one are nothing to the other."""

import json
import shutil
import sqlite3
import zlib

import numpy as np
from plain_client import Client

ROWS = np.random.default_rng(8).normal(size=(60, 8)).astype(np.float32)


def nearest(client, row):
    ((ids,), (scores,)) = client.ask({"requests": ["search"], "search": [row], "k": 1})["result"]
    return ids[0], scores[0]


def live(serve, folder, body):
    service = serve(folder=folder)
    with Client(service.address) as client:
        body(client)
    assert service.stop() == 0
    return "".join(service.lines)


def test_a_copy_that_went_its_own_way(serve, tmp_path):
    """The same numbers of changes, as many vectors, the same identity, and other vectors."""
    here, there = tmp_path / "here", tmp_path / "there"
    live(serve, here, lambda client: client.create(range(50), ROWS[:50]))
    there.mkdir()
    shutil.copy(here / "vectors.sqlite", there)
    live(serve, here, lambda client: client.change(([100], ROWS[50:51])))
    live(serve, there, lambda client: client.change(([100], ROWS[51:52])))
    # Restored over the other, of which the snapshots are still there.
    shutil.copy(there / "vectors.sqlite", here)

    def check(client):
        assert nearest(client, ROWS[51]) == (100, 0)
        assert nearest(client, ROWS[50])[1] > 0
        assert nearest(client, ROWS[7]) == (7, 0)

    log = live(serve, here, check)
    assert "2.snapshot is not used" in log


def test_a_store_of_an_earlier_version(serve, tmp_path):
    """Its snapshots say nothing of their history: they are not used, those after them are."""
    folder = tmp_path / "data"
    live(serve, folder, lambda client: client.create(range(50), ROWS[:50]))
    store = sqlite3.connect(folder / "vectors.sqlite")
    store.execute("DROP TABLE epochs")
    store.commit()
    store.close()
    manifest = folder / "snapshots" / "1.snapshot"
    fields = json.loads(manifest.read_bytes().split(b"\n", 1)[1])
    assert fields.pop("epoch")
    text = json.dumps(fields).encode()
    manifest.write_bytes(b"%d\n" % zlib.crc32(text) + text)

    def check(client):
        assert nearest(client, ROWS[7]) == (7, 0)

    assert "1.snapshot is not used" in live(serve, folder, check)
    log = live(serve, folder, check)
    assert "is not used" not in log and "snapshot=1" in log
