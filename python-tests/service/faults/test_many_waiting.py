"""Requests that wait: whose answer is whose, how much memory they take, and who waits for whom."""

import json
import pathlib
import pickle
import threading
import time
import zlib

import numpy as np
import pytest
import zmq
from plain_client import Client


def resident(service):
    """Bytes of memory of the process now."""
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


def filled(service, rows):
    header = {"requests": ["create"], "create": {
        "ids": {"__buffer__": 0, "dtype": "int64", "shape": [len(rows)]},
        "vectors": {"__buffer__": 1, "dtype": "float32", "shape": list(rows.shape)}}}
    with Client(service.address, seconds=60) as client:
        client.raw([json.dumps(header).encode(), np.arange(len(rows)).tobytes(), rows.tobytes()])


def test_each_gets_its_own_answer(serve):
    """32 clients with different k, parameters, filters and mistakes, most of whose searches wait."""
    rows = np.random.default_rng(1).normal(size=(20_000, 64)).astype(np.float32)
    service = serve("--index", "flat")
    filled(service, rows)
    wrong, searches = [], [0]

    def ask(number):
        random = np.random.default_rng(number)
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.connect(service.address)
        for _ in range(40):
            k, count = int(random.integers(1, 6)), int(random.choice([1, 1, 1, 2, 200]))
            ids = random.choice(len(rows), count, replace=False)
            request = {"requests": ["search"], "search": rows[ids], "k": k}
            kind = random.integers(8)
            if kind == 0:
                request["filter"] = {"range": [int(ids[0]), int(ids[0]) + 1]}
            elif kind == 1:
                request["search"] = rows[ids, :3]
            elif kind == 2:
                request["parameters"] = "efSearch=99"
            elif kind == 3:
                request["parameters"] = "nonsense=1"
            socket.send(pickle.dumps(request))
            reply = pickle.loads(socket.recv())
            if kind in (1, 3):
                expected = {1: "dimension_mismatch", 3: "invalid_request"}[kind]
                right = reply.get("error", {}).get("code") == expected
            else:
                found = reply["result"]
                first = ids[:1] if kind == 0 else ids
                right = found.shape == (2, count, k) and (found[0, :len(first), 0] == first).all()
            searches[0] += 1
            if not right:
                wrong.append((request, reply))
        socket.close(0)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
    assert searches[0] == 32 * 40


def test_searches_that_wait_are_bounded(serve):
    """Small messages of long vectors: of another dimension they do not wait, others are answered busy."""
    service = serve("--index", "flat", "--max-message-bytes", "8000000", "--max-request-bytes",
                    "8000000", "--max-dimension", "65536")
    filled(service, np.random.default_rng(2).normal(size=(2000, 512)).astype(np.float32))
    before = resident(service)

    def small(dimension, count):
        return zlib.compress(pickle.dumps(
            {"requests": ["search"], "search": np.zeros((count, dimension), np.float32)}))

    slow = pickle.dumps({"requests": ["search"], "k": 1000,
                         "search": np.ones((1000, 512), np.float32)})
    sockets = []
    for message in [slow] * 3 + [small(4096, 100)] * 20 + [small(512, 100)] * 200:
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.connect(service.address)
        socket.send(message)
        sockets.append(socket)
    peak, codes = before, []
    for socket in sockets:
        reply = socket.recv()
        peak = max(peak, resident(service))
        value = pickle.loads(zlib.decompress(reply) if reply[:1] == b"x" else reply)
        codes.append(value.get("error", {}).get("code"))
        socket.close(0)
    assert set(codes[3:23]) == {"dimension_mismatch"}
    assert set(codes[23:]) <= {None, "busy"} and {None, "busy"} <= set(codes)
    assert peak - before < 400 << 20, peak - before


def test_clients_who_never_read(serve):
    """Two ask for gigabytes and take nothing: ØMQ holds a few replies of theirs, not all."""
    service = serve("--index", "flat")
    filled(service, np.float32([[1, 2]]))
    header = json.dumps({"requests": ["search"], "dtype": "float32", "shape": [1000, 2],
                         "k": 10_000}).encode()
    sockets = []
    for _ in range(2):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger, socket.rcvhwm = 0, 1
        socket.setsockopt(zmq.RCVBUF, 4096)
        socket.connect(service.address)
        for _ in range(6):
            socket.send_multipart([b"", header, bytes(8000)])
        sockets.append(socket)
    peak, end = 0, time.monotonic() + 4
    while time.monotonic() < end:
        peak = max(peak, resident(service))
        time.sleep(0.1)
    assert peak < 1200 << 20, peak
    with Client(service.address) as client:
        assert client.search(np.float32([[1, 2]]))["result"][0, 0, 0] == 0
    for socket in sockets:
        socket.close(0)


def test_changes_do_not_wait_for_large_searches(serve):
    rows = np.random.default_rng(4).normal(size=(50_000, 64)).astype(np.float32)
    service = serve("--index", "flat")
    filled(service, rows)
    is_over = threading.Event()
    slow = []

    def load(filter):
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.connect(service.address)
        while not is_over.is_set():
            started = time.monotonic()
            socket.send(pickle.dumps({"requests": ["search"], "search": rows[:600], "filter": filter}))
            socket.recv()
            slow.append(time.monotonic() - started)
        socket.close(0)

    threads = [threading.Thread(target=load, args=(filter,))
               for filter in [None] * 12 + [{"range": [0, None]}] * 12]
    for thread in threads:
        thread.start()
    time.sleep(1)
    quick = []
    with Client(service.address) as client:
        for number in range(20):
            started = time.monotonic()
            client.ask({"requests": ["add"], "add": [{"id": 100_000 + number, "vector": rows[0]}]})
            client.ask({"requests": ["status"]})
            quick.append(time.monotonic() - started)
    is_over.set()
    for thread in threads:
        thread.join()
    assert np.median(quick) < np.median(slow) / 4, (np.median(quick), np.median(slow))


@pytest.mark.parametrize("is_behind_a_proxy", [False, True])
def test_addresses_of_several_frames(serve, is_behind_a_proxy):
    """REQ sockets that number their requests (ZMQ_REQ_CORRELATE), and sockets that pass requests on."""
    service = serve("--index", "flat")
    filled(service, np.eye(4, dtype=np.float32))
    context = zmq.Context.instance()
    address = service.address
    if is_behind_a_proxy:
        front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        address = f"tcp://127.0.0.1:{front.bind_to_random_port('tcp://127.0.0.1')}"
        back.connect(service.address)

        def forward():
            poller = zmq.Poller()
            poller.register(front, zmq.POLLIN)
            poller.register(back, zmq.POLLIN)
            for _ in range(2 * 300):
                for socket, _ in poller.poll(5000)[:1]:
                    (back if socket is front else front).send_multipart(socket.recv_multipart())

        thread = threading.Thread(target=forward, daemon=True)
        thread.start()
    socket = context.socket(zmq.REQ)
    socket.setsockopt(zmq.REQ_CORRELATE, 1)
    socket.setsockopt(zmq.REQ_RELAXED, 1)
    socket.setsockopt(zmq.RCVTIMEO, 5000)
    socket.connect(address)
    # The number's first byte becomes that of every kind of message, and of the empty frame's neighbours.
    for number in range(300):
        if number % 2:
            socket.send(json.dumps({"requests": ["search"], "search": [[0, 1, 0, 0]], "k": 1}).encode())
            assert json.loads(socket.recv())["result"][0][0][0] == 1
        else:
            header = json.dumps({"requests": ["search"], "dtype": "float32", "shape": [1, 4], "k": 1})
            socket.send_multipart([header.encode(), np.float32([0, 0, 1, 0]).tobytes()])
            assert np.frombuffer(socket.recv_multipart()[1], np.int64)[0] == 2
    socket.close(0)
    if is_behind_a_proxy:
        thread.join()
        front.close(0)
        back.close(0)


@pytest.mark.parametrize("key", [
    "PQ9223372036854775807", "LSH9223372036854775807", "IVF16,PQ9223372036854775807x4fs",
    "PQ4x9223372036854775807", "RaBitQ9223372036854775807", "Flat,Refine(LSH4611686018427387904)",
    "HNSW16_PQ9223372036854775807", "IVF16(PQ9223372036854775807),Flat"])
def test_numbers_that_no_machine_can_hold(serve, key):
    service = serve()
    filled(service, np.eye(4, dtype=np.float32))
    with Client(service.address) as client:
        reply = client.ask({"requests": ["optimize"], "optimize": {"index": key}})
        assert reply["error"]["code"] == "invalid_request"
        assert client.ask({"requests": ["status"]})["result"]["count"] == 4


def test_a_wish_that_cannot_be(serve):
    """It fails, and changes are merged as before."""
    service = serve("--index", "IVF4,Flat", "--merge-vectors", "100")
    rows = np.random.default_rng(5).normal(size=(3000, 8)).astype(np.float32)
    filled(service, rows)

    def status():
        return client.ask({"requests": ["status"]})["result"]

    with Client(service.address) as client:
        def wait(what):
            end = time.monotonic() + 20
            while not what(status()):
                assert time.monotonic() < end, status()
                time.sleep(0.1)

        wait(lambda found: found["index"] == "IVF4,Flat")
        client.ask({"requests": ["optimize"], "optimize": {"index": "IVF3001,Flat"}})
        wait(lambda found: "3001" in json.dumps(found, default=str))
        # What is wished for now is what was wished for before.
        client.ask({"requests": ["optimize"]})
        wait(lambda found: found["index"] == "IVF4,Flat" and "3001" not in json.dumps(found, default=str))


def test_a_store_is_whole_after_a_search_was_given_up(serve, tmp_path):
    """Nothing is left in the write-ahead log, which a copy of the store alone would lack."""
    service = serve("--index", "flat", folder=tmp_path / "data")
    rows = np.random.default_rng(6).normal(size=(100_000, 64)).astype(np.float32)
    filled(service, rows)
    sockets = []
    for _ in range(4):
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.linger = 0
        socket.connect(service.address)
        header = {"requests": ["search"], "dtype": "float32", "shape": [60_000, 64], "k": 1}
        socket.send_multipart([json.dumps(header).encode(), rows[:60_000].tobytes()])
        sockets.append(socket)
    time.sleep(0.5)
    assert service.stop(6) == 0
    assert not [line for line in service.lines if " error " in line], service.lines
    log = tmp_path / "data/vectors.sqlite-wal"
    assert not log.exists() or log.stat().st_size == 0
    for socket in sockets:
        socket.close(0)
