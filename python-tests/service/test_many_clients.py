"""Many clients at once, and clients that do harm by being slow."""

import json
import resource
import socket as tcp
import threading
import time

import numpy as np
import pytest
import zmq
from plain_client import Client

CLIENTS = 1000


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(2).normal(size=(1000, 8)).astype(np.float32)


def test_a_thousand_clients_at_once(serve, rows):
    """Each gets its own answer. They need open files here as well as there."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 4 * CLIENTS:
        pytest.skip(f"only {most} open files are allowed here")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    service = serve("-k", "1")
    with Client(service.address) as client:
        client.create(range(1000), rows)
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 2 * CLIENTS)
    sockets = []
    try:
        for number in range(CLIENTS):
            socket = context.socket(zmq.REQ)
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(service.address)
            request = {"requests": ["search"], "search": [rows[number].tolist()]}
            socket.send(json.dumps(request).encode())
            sockets.append(socket)
        for number, socket in enumerate(sockets):
            assert socket.poll(20_000), f"client {number} got no reply"
            assert json.loads(socket.recv())["result"] == [[[float(number)]], [[0.0]]]
    finally:
        context.destroy(linger=0)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_slow_and_silent_clients(serve, rows):
    """Half a handshake, half a message, rubbish, and replies that nobody reads: others do not notice."""
    service = serve()
    with Client(service.address) as client:
        client.create(range(1000), rows)
    host, port = service.address.removeprefix("tcp://").split(":")
    random = np.random.default_rng(5)
    open_sockets = []
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)
    for number in range(150):
        raw = tcp.create_connection((host, int(port)))
        sent = (b"", greeting[:10], greeting, random.bytes(300), greeting + b"\x02\xff" * 9)
        raw.sendall(sent[number % 5])
        open_sockets.append(raw)
    never_reads = zmq.Context.instance().socket(zmq.DEALER)
    never_reads.setsockopt(zmq.LINGER, 0)
    never_reads.setsockopt(zmq.RCVHWM, 1)
    never_reads.connect(service.address)
    header = b'{"requests": ["search"], "dtype": "float32", "shape": [1000, 8], "k": 100}'
    for _ in range(10):
        never_reads.send_multipart([b"", header, rows.tobytes()])
    times = []
    with Client(service.address) as client:
        for number in range(200):
            started = time.monotonic()
            assert client.search(rows[number:number + 1])["result"][0, 0, 0] == number
            times.append(time.monotonic() - started)
    never_reads.close()
    for raw in open_sockets:
        raw.close()
    assert np.percentile(times, 95) < 2
    assert service.stop(8) == 0


def test_neither_searches_nor_changes_starve(serve, rows):
    """16 searchers without a pause and 2 writers without a pause: both go on."""
    service = serve()
    with Client(service.address) as client:
        client.create(range(1000), rows)
    end = time.monotonic() + 2
    counts = {"search": 0, "change": 0}
    slowest = {"search": 0.0, "change": 0.0}
    lock = threading.Lock()

    def ask(kind, number):
        with Client(service.address) as client:
            while (started := time.monotonic()) < end:
                if kind == "search":
                    assert "error" not in client.search(rows[number:number + 1])
                else:
                    id = counts["change"] % 1000
                    reply = client.change(update=([id], [rows[(id + number) % 1000]]))
                    assert "error" not in reply, reply
                with lock:
                    counts[kind] += 1
                    slowest[kind] = max(slowest[kind], time.monotonic() - started)

    threads = [threading.Thread(target=ask, args=("search", n)) for n in range(16)]
    threads += [threading.Thread(target=ask, args=("change", n)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts["search"] > 100 and counts["change"] > 10, counts
    assert max(slowest.values()) < 5, slowest


def test_an_address_that_is_taken(serve, vicinal, tmp_path):
    refused = vicinal(
        "serve", "--data-dir", tmp_path / "other", "--bind", serve().address, code=74)
    assert "bind" in refused.stderr
