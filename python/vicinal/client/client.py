"""Requests, sent again until they are answered."""

import time
import uuid

import numpy as np

from . import curve, frames
from .errors import NoReply, ServiceError


class Client:
    """Asks a search service. One thread at a time may use it.

    A request that gets no answer within `timeout` seconds is sent again on a new socket, `tries`
    times in all, and a `busy` service is asked again after a short while. Changes carry a
    `request_id`, so however often they are sent they are applied once.

    A service with CURVE is reached with `server_key`, the file of its public key, and, where it has
    a list of clients, `client_key`, the file of a secret key on it; `vicinal keys` writes both.
    """

    def __init__(self, address="tcp://127.0.0.1:14000", timeout=2.5, tries=3, server_key=None,
                 client_key=None):
        self._curve = curve.keys(server_key, client_key)
        self.address = address
        self.timeout = timeout
        self.tries = tries
        self._socket = None

    def create(self, ids, vectors):
        """Forgets everything and stores these vectors, a matrix of float32."""
        return self._change(create=(ids, vectors))

    def add(self, ids, vectors):
        """Stores more vectors, under ids that are not there."""
        return self._change(add=(ids, vectors))

    def update(self, ids, vectors):
        """Gives vectors that are there new values."""
        return self._change(update=(ids, vectors))

    def delete(self, ids):
        """Takes vectors out; those that are not there are counted as `missing`."""
        return self._change(delete=ids)

    def change(self, add=None, update=None, delete=None):
        """Several changes at once, all or none: deletions, then updates, then additions."""
        return self._change(add=add, update=update, delete=delete)

    def search(self, queries, k=None, filter=None, parameters=None):
        """The nearest vectors of each row of `queries`.

        Returns ids (int64) and scores (float32), queries × k; id -1 where there are fewer. `filter`
        is a list of ids, or a range of them; `parameters` are for this search, `{"nprobe": 16}` or
        `"nprobe=16"`.
        """
        queries = np.asarray(queries, np.float32)
        request = {"requests": ["search"], "search": np.atleast_2d(queries)}
        if k is not None:
            request["k"] = int(k)
        if parameters is not None:
            request["parameters"] = parameters
        if isinstance(filter, range):
            if filter.step != 1:
                raise ValueError("a filter is a list of ids or a range without gaps")
            request["filter"] = {"range": [filter.start, max(filter.start, filter.stop)]}
        elif filter is not None:
            request["filter"] = _ids(filter)
        result = self.ask(request)
        return result["ids"], result["scores"]

    def get(self, ids):
        """Vectors by id, a matrix."""
        return self.ask({"requests": ["get"], "get": _ids(ids)})["vectors"]

    def optimize(self, index=None, target_recall=None):
        """Has the service choose and build another index in the background; see `status()["merge"]`.

        `index` is "auto", "flat" or a factory string; what is not given stays as it was.
        """
        wishes = {"index": index, "target_recall": target_recall}
        return self.ask({"requests": ["optimize"], "optimize": {
            name: wish for name, wish in wishes.items() if wish is not None}})

    def snapshot(self):
        """Has the service write a snapshot and returns the number of the last change in it."""
        return self.ask({"requests": ["snapshot"]})["sequence"]

    def status(self):
        """What the service says of itself."""
        return self.ask({"requests": ["status"]})

    def _change(self, **parts):
        parts = {name: part for name, part in parts.items() if part is not None}
        request = {"requests": list(parts), "request_id": uuid.uuid4().hex}
        for name, part in parts.items():
            if name == "delete":
                request[name] = _ids(part)
            else:
                ids, vectors = part
                request[name] = {
                    "ids": _ids(ids),
                    "vectors": np.atleast_2d(np.asarray(vectors, np.float32))}
        return self.ask(request)

    def ask(self, request):
        """Sends a request as it is and returns its result."""
        message = frames.encode(request)
        for attempt in range(self.tries):
            reply = self._send(message)
            if reply is None:
                continue
            value = frames.decode(reply)
            if not value.get("error"):
                return value["result"]
            error = ServiceError(value["error"]["code"], value["error"]["message"])
            if error.code != "busy" or attempt + 1 == self.tries:
                raise error
            time.sleep(0.05 * 2**attempt)
        raise NoReply(
            f"{self.address} did not answer {self.tries} times within {self.timeout} s each; is it "
            "running, and " + ("with the server key given, and this client on its list?"
                               if self._curve else "without keys?"))

    def _open(self):
        import zmq
        self._socket = zmq.Context.instance().socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        if self._curve:
            self._curve.apply(self._socket)
        self._socket.connect(self.address)

    def _send(self, message):
        import zmq
        deadline = time.monotonic() + self.timeout
        if self._socket is None:
            self._open()
        # A service that refuses the handshake leaves the socket without a peer, and sending waits for one.
        self._socket.setsockopt(zmq.SNDTIMEO, int(self.timeout * 1000))
        try:
            # A request of one frame would be taken for plain JSON, and answered so.
            self._socket.send_multipart(message if len(message) > 1 else [*message, b""], copy=False)
            if self._socket.poll(max(0, int((deadline - time.monotonic()) * 1000))):
                return [frame.buffer for frame in self._socket.recv_multipart(copy=False)]
        except zmq.Again:
            pass
        self.close()
        return None

    def close(self):
        """Closes the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _ids(values):
    """Whole numbers as an array; others are no ids, and would become those of other vectors."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"ids are whole numbers, not {array.dtype}")
    return array.astype(np.int64)
