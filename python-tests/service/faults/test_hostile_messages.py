"""A few bytes that ask for much work or memory, and changes that bring nothing."""

import io
import json
import pickle
import time

import numpy as np
import pytest
from plain_client import Client

DIMENSION = 65_536


def code(reply):
    return reply["error"]["code"]


def test_an_empty_change_says_no_dimension(serve):
    """A matrix without rows has a dimension of its own; the store keeps that of its vectors."""
    service = serve()
    none = {"ids": np.empty(0, np.int64), "vectors": np.empty((0, 3), np.float32)}
    with Client(service.address) as client:
        assert client.ask({"requests": ["add"], "add": none})["result"]["added"] == 0
        client.create([1, 2], np.eye(2, dtype=np.float32))
        for name in ("add", "update"):
            assert "error" not in client.ask({"requests": [name], name: none})
        assert client.search(np.eye(2, dtype=np.float32)[:1])["result"][0, 0, 0] == 1
    assert service.stop() == 0
    with Client(serve().address) as client:
        assert client.ask({"requests": ["status"]})["result"]["dimension"] == 2
        assert client.search(np.eye(2, dtype=np.float32)[1:])["result"][0, 0, 0] == 2


def nested(depth):
    value = [1, 2]
    for _ in range(depth):
        value = [value]
    return {"requests": ["search"], "search": value}


def test_lists_inside_lists_take_no_time(serve):
    """Each level doubled the work once: 60 of them would take longer than anybody lives."""
    described = json.dumps({
        "requests": ["search"], "search": {
            "__ndarray__": nested(55)["search"], "dtype": "float32", "shape": [1] * 55 + [2]}})
    with Client(serve().address) as client:
        started = time.monotonic()
        for message in (json.dumps(nested(60)).encode(), pickle.dumps(nested(60)),
                        described.encode()):
            (reply,) = client.raw([message])
            assert b"invalid_request" in reply
        assert time.monotonic() - started < 2


class Pickle:
    """A pickle of protocol 4, opcode by opcode."""

    def __init__(self, name):
        self.bytes = b"\x80\x04}(\x8c\x08requests" + self.text(name)

    @staticmethod
    def text(text):
        return b"X" + len(text).to_bytes(4, "little") + text.encode()


def same_array_often(count):
    vector = np.zeros(DIMENSION, np.float32)
    file = io.BytesIO()
    pickle.Pickler(file, 4).dump({"requests": ["search"], "search": [vector] * count})
    return file.getvalue()


def same_frame_often(count, dtype, bytes):
    one = {"__buffer__": 0, "dtype": dtype, "shape": [bytes // np.dtype(dtype).itemsize]}
    header = {"requests": ["search"], "search": [one] * count}
    return [json.dumps(header).encode(), b"\0" * bytes]


def same_key_often(count, length):
    """A dictionary that is given the same key, a text that is referred to, again and again."""
    key = Pickle.text("a" * length) + b"\x94"
    return (Pickle("search").bytes + Pickle.text("search") + b"}(" + key + b"N"
            + b"h\x00N" * count + b"u" + b"u.")


BOMBS = {
    "an array that is referred to": [same_array_often(20_000)],
    "a frame that is referred to": same_frame_often(1_000, "float32", 4 * DIMENSION * 10),
    "bytes that become wide numbers": same_frame_often(1, "int8", 60 << 20),
    "a key that is referred to": [same_key_often(100_000, 1 << 20)],
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(serve, name):
    service = serve()
    with Client(service.address) as client:
        started = time.monotonic()
        reply = b"".join(client.raw(BOMBS[name]))
        seconds = time.monotonic() - started
        assert b"limit_exceeded" in reply, reply[:200]
        assert seconds < 5
        with open(f"/proc/{service.process.pid}/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        assert peak < 700 << 10, f"{peak >> 10} MiB"
        # What is large and honest is read.
        assert client.create([1], np.ones((1, 4), np.float32))["result"]["added"] == 1


def test_too_many_ids(serve):
    """An array of ids counts as a list of them does."""
    with Client(serve("--max-vectors", "10").address) as client:
        client.create(range(10), np.eye(10, dtype=np.float32))
        few, many = np.arange(10), np.zeros(11, np.int64)
        query = {"requests": ["search"], "search": np.eye(10, dtype=np.float32)[:1]}
        for ids in (many, list(map(int, many))):
            assert code(client.ask({"requests": ["get"], "get": ids})) == "limit_exceeded"
            assert code(client.ask({"requests": ["delete"], "delete": ids})) == "limit_exceeded"
            assert code(client.ask({**query, "filter": ids})) == "limit_exceeded"
        assert len(client.ask({"requests": ["get"], "get": few})["result"]["ids"]) == 10
        assert "error" not in client.ask({**query, "filter": few})
