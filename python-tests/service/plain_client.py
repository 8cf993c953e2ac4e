"""A client as Maestro's other modules are: a REQ socket, and the messages that its page documents.

It shares no code with Vicinal and knows nothing of it.
"""

import json
import pickle
import time
import zlib

import json_tricks
import zmq


def to_lists(value):
    """Arrays as nested lists, for plain JSON."""
    return json.loads(json.dumps(value, default=lambda array: array.tolist()))


# How a request is written, and how its reply is read.
ENCODINGS = {
    "json": (lambda value: json.dumps(to_lists(value)).encode(), json.loads),
    "json_tricks": (
        lambda value: json_tricks.dumps(value).encode(),
        lambda data: json_tricks.loads(data.decode())),
    "json_tricks compact": (
        lambda value: json_tricks.dumps(value, properties={"ndarray_compact": True}).encode(),
        lambda data: json_tricks.loads(data.decode())),
    "zlib pickle": (
        lambda value: zlib.compress(pickle.dumps(value)),
        lambda data: pickle.loads(zlib.decompress(data))),
} | {
    f"pickle {protocol}": (
        lambda value, protocol=protocol: pickle.dumps(value, protocol=protocol), pickle.loads)
    for protocol in range(2, 6)
}


class NoReply(Exception):
    """The service did not answer in time."""


class Client:
    """Asks and waits, and may send again on a new socket (the guide's Lazy Pirate)."""

    def __init__(self, address, encoding="pickle 4", seconds=10, is_over=lambda: False):
        """`is_over` says that there is nothing to wait for any more."""
        self.address = address
        self.encode, self.decode = ENCODINGS[encoding]
        self.seconds = seconds
        self.is_over = is_over
        self.socket = None

    def open(self):
        self.close()
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.address)

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def raw(self, frames):
        """Sends frames and returns those of the reply."""
        if self.socket is None:
            self.open()
        self.socket.send_multipart(frames)
        deadline = time.monotonic() + self.seconds
        while not self.socket.poll(50):
            if self.is_over() or time.monotonic() > deadline:
                self.close()
                raise NoReply(f"no reply within {self.seconds} s")
        return self.socket.recv_multipart()

    def ask(self, request):
        """Sends a request and returns what the reply says."""
        (reply,) = self.raw([self.encode(request)])
        return self.decode(reply)

    def create(self, ids, vectors):
        return self.ask({"requests": ["create"], "create": items(ids, vectors)})

    def change(self, add=(), update=(), delete=()):
        """`add` and `update` are (ids, vectors)."""
        request = {"requests": []}
        if add:
            request["requests"].append("add")
            request["add"] = items(*add)
        if update:
            request["requests"].append("update")
            request["update"] = items(*update)
        if len(delete):
            request["requests"].append("delete")
            request["delete"] = [{"id": int(id)} for id in delete]
        return self.ask(request)

    def search(self, queries):
        return self.ask({"requests": ["search"], "search": list(queries)})


def items(ids, vectors):
    return [{"vector": vector, "id": int(id)} for id, vector in zip(ids, vectors, strict=True)]
