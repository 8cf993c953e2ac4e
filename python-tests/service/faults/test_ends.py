"""SIGTERM while long work goes on: what was taken is answered, and it ends within 5 seconds."""

import json
import os
import threading
import time

import numpy as np
import pytest
from plain_client import Client


def begin(service, frames):
    """Sends a request from a thread of its own; the reply comes into a list."""
    replies = []

    def ask():
        with Client(service.address, seconds=20) as client:
            replies.append(json.loads(client.raw(frames)[0]))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread, replies


def creation(rows):
    header = {"requests": ["create"], "create": {
        "ids": {"__buffer__": 0, "dtype": "int64", "shape": [len(rows)]},
        "vectors": {"__buffer__": 1, "dtype": "float32", "shape": list(rows.shape)}}}
    return [json.dumps(header).encode(), np.arange(len(rows)).tobytes(), rows.tobytes()]


@pytest.mark.parametrize("place, is_stored", [("before-commit", False), ("after-commit", True)])
def test_a_change_that_takes_long(serve, tmp_path, place, is_stored):
    """It is answered with what became of it, though that is known only after the usual time."""
    environment = os.environ | {"VICINAL_FAILPOINT": f"{place}:sleep-4000"}
    service = serve(environment=environment, folder=tmp_path / "data")
    thread, replies = begin(service, creation(np.eye(4, dtype=np.float32)))
    time.sleep(0.3)
    assert service.stop(6) == 0
    thread.join()
    if is_stored:
        assert replies[0]["result"]["added"] == 4
    else:
        assert replies[0]["error"]["code"] == "shutting_down"
    with Client(serve(folder=tmp_path / "data").address) as client:
        count = client.ask({"requests": ["status"]})["result"]["count"]
        assert count == (4 if is_stored else 0)


def test_a_search_that_takes_long(serve):
    service = serve("--max-vectors", "1000000")
    rows = np.random.default_rng(3).normal(size=(150_000, 64)).astype(np.float32)
    with Client(service.address, seconds=60) as client:
        assert json.loads(client.raw(creation(rows))[0])["result"]["added"] == len(rows)
    header = {"requests": ["search"], "dtype": "float32", "shape": [150_000, 64], "k": 1}
    thread, replies = begin(service, [json.dumps(header).encode(), rows.tobytes()])
    time.sleep(0.5)
    started = time.monotonic()
    assert service.stop(6) == 0
    thread.join()
    assert replies[0]["error"]["code"] == "shutting_down"
    assert time.monotonic() - started < 6
