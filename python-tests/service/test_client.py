"""`vicinal.client` against a running service."""

import sys
import threading

import numpy as np
import pytest
import zmq
from support import ROOT

sys.path.insert(0, str(ROOT / "python"))

from vicinal.client import Client, NoReply, ServiceError  # noqa: E402


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(9).normal(size=(300, 12)).astype(np.float32)


def test_every_request(serve, rows):
    with Client(serve().address, timeout=10) as client:
        assert client.create(range(100), rows[:100])["added"] == 100
        assert client.add(np.arange(100, 110), rows[100:110].astype(">f8"))["added"] == 10
        assert client.update([5], rows[200])["updated"] == 1
        outcome = client.change(add=([7, 500], rows[:2]), delete=[7, 8, 9])
        assert (outcome["added"], outcome["deleted"]) == (2, 3)
        assert client.delete([0, 12345]) | {"sequence": 0} == {
            "added": 0, "updated": 0, "deleted": 1, "missing": 1, "sequence": 0}
        ids, scores = client.search(rows[[200, 50]], k=3)
        assert ids.dtype == np.int64 and scores.dtype == np.float32 and ids.shape == (2, 3)
        assert list(ids[:, 0]) == [5, 50] and list(scores[:, 0]) == [0, 0]
        assert client.search(rows[0])[0].shape == (1, 10)
        np.testing.assert_array_equal(client.get([5, 100]), rows[[200, 100]])
        assert set(client.search(rows[:1], k=4, filter=[3, 4])[0][0]) == {3, 4, -1}
        assert client.search(rows[:1], k=1, filter=range(60, 61))[0][0, 0] == 60
        assert client.status()["count"] == 108
        extremes = [-2**63, 2**63 - 1, -7]
        client.add(extremes, rows[:3])
        everything = set(client.search(rows[0], k=120)[0][0]) - {-1}
        for filter, wanted in (
                (range(-2**63, -1), {-2**63, -7}), (range(-7, 2**63 - 1), everything - set(extremes) | {-7}),
                ([], set()), (range(5, 5), set())):
            assert set(client.search(rows[0], k=120, filter=filter)[0][0]) - {-1} == wanted, filter
        for ends, wanted in (([-1, None], everything - {-2**63, -7}), ([None, None], everything),
                             ([None, 0], {-2**63, -7})):
            found = client.ask({"requests": ["search"], "search": rows[:1], "k": 120,
                                "filter": {"range": ends}})["ids"]
            assert set(found[0]) - {-1} == wanted, ends
        for wrong in (lambda: client.delete([2.7]), lambda: client.get([1.0]),
                      lambda: client.search(rows[0], filter=[1.5]), lambda: client.add([7.5], rows[:1])):
            with pytest.raises(TypeError, match="whole numbers"):
                wrong()
        empty = {"requests": ["search"], "search": rows[:1], "filter": np.array([])}
        assert set(client.ask(empty)["ids"][0]) == {-1}
        with pytest.raises(ServiceError, match="duplicate_id"):
            client.add([5], rows[:1])
        with pytest.raises(ServiceError) as refused:
            client.search(rows[:1, :3])
        assert refused.value.code == "dimension_mismatch"


def test_sent_again_and_applied_once(serve, rows):
    """The service is asked through a proxy that loses the first answers."""
    service = serve()
    lost, seen = 2, []
    front = zmq.Context.instance().socket(zmq.ROUTER)
    port = front.bind_to_random_port("tcp://127.0.0.1")

    def proxy():
        back = zmq.Context.instance().socket(zmq.REQ)
        back.connect(service.address)
        while len(seen) < lost + 2:
            identity, empty, *frames = front.recv_multipart()
            back.send_multipart(frames)
            reply = back.recv_multipart()
            seen.append(reply)
            if len(seen) > lost:
                front.send_multipart([identity, empty, *reply])
        back.close()

    thread = threading.Thread(target=proxy, daemon=True)
    thread.start()
    with Client(f"tcp://127.0.0.1:{port}", timeout=0.3) as client:
        assert client.add([1, 2], rows[:2])["sequence"] == 1
        assert client.status()["count"] == 2
    thread.join(5)
    front.close()
    assert seen[0] == seen[1] == seen[2]


def test_no_service():
    with Client("tcp://127.0.0.1:9", timeout=0.1, tries=2) as client:
        with pytest.raises(NoReply):
            client.status()


def test_busy(serve, rows):
    """Past its limit the service says so at once, and nobody is left without an answer."""
    service = serve("--max-requests", "2", "--workers", "1")
    with Client(service.address, timeout=20) as client:
        client.create(range(300), rows)
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(service.address)
        header = b'{"requests": ["search"], "dtype": "float32", "shape": [300, 12], "k": 300}'
        for _ in range(200):
            socket.send_multipart([b"", header, rows.tobytes()])
        kinds = []
        for _ in range(200):
            assert socket.poll(20_000)
            reply = socket.recv_multipart()
            kinds.append("busy" if b'"busy"' in reply[1] else "result")
    assert kinds.count("result") >= 2 and "busy" in kinds
    with Client(service.address) as client:
        assert client.status()["busy"] == kinds.count("busy")
