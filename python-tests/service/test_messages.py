"""The documented messages in every encoding, against faiss as the original uses it."""

import json
import zlib

import faiss
import numpy as np
import pytest
import zmq
from plain_client import ENCODINGS, Client

K = 10


class Original:
    """What the original does: a flat index behind an id map, made anew by each change."""

    def __init__(self):
        self.vectors = {}

    def search(self, queries):
        index = faiss.IndexIDMap(faiss.IndexFlatL2(len(queries[0])))
        ids = np.array(sorted(self.vectors), np.int64)
        index.add_with_ids(np.array([self.vectors[id] for id in ids], np.float32), ids)
        scores, found = index.search(np.array(queries, np.float32), K)
        return np.array([found, scores])


def assert_same(found, wanted):
    found = np.array(found)
    assert found.shape == wanted.shape and found.dtype == wanted.dtype == np.float64
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-5, atol=1e-5)
    # Neighbours at the same distance may change places.
    for ids, others, scores in zip(found[0], wanted[0], wanted[1], strict=True):
        apart = np.r_[True, np.diff(scores) > 1e-3] & np.r_[np.diff(scores) > 1e-3, False]
        np.testing.assert_array_equal(ids[apart], others[apart])


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(6).normal(size=(400, 24)).astype(np.float32)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_day_of_the_original(serve, rows, encoding):
    """Create, search, change in parts, search again: the replies have the original's shape."""
    original = Original()
    with Client(serve().address, encoding) as client:
        reply = client.create(range(1, 101), rows[:100])
        assert reply["result"]["added"] == 100
        original.vectors = dict(enumerate(rows[:100], 1))
        assert_same(client.search(rows[200:204])["result"], original.search(rows[200:204]))
        # Vectors of shape (1, d), as sentence encoders give them.
        wide = [row.reshape(1, -1) for row in rows[100:110]]
        reply = client.change(
            (range(101, 111), wide), (range(50, 60), rows[150:160]), [1, 2, 3, 999])
        assert reply["result"] == {
            "added": 10, "updated": 10, "deleted": 3, "missing": 1, "sequence": 2}
        original.vectors |= dict(enumerate(rows[100:110], 101))
        original.vectors |= dict(zip(range(50, 60), rows[150:160]))
        for id in (1, 2, 3):
            del original.vectors[id]
        assert_same(client.search(rows[200:203])["result"], original.search(rows[200:203]))
        # Fewer vectors than neighbours: id -1, as faiss has it.
        client.create([7, 8], rows[:2])
        original.vectors = {7: rows[0], 8: rows[1]}
        assert_same(client.search(rows[:1])["result"], original.search(rows[:1]))


@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4", "i4", "u1"])
def test_other_numbers(serve, dtype):
    """Vectors of other types are what they say."""
    vectors = np.arange(12).reshape(4, 3).astype(dtype)
    with Client(serve().address) as client:
        client.create(range(4), np.asfortranarray(vectors))
        found = client.search(vectors[2:3])["result"]
        assert found[0, 0, 0] == 2 and found[1, 0, 0] == 0
        assert found[1, 0, 1] == 27


def test_fast_path(serve, rows):
    """Raw frames: ids are exact whatever they are."""
    ids = np.array([2**53 + 1, -(2**63), 2**63 - 1, 0, 5], np.int64)
    with Client(serve().address, seconds=10) as client:
        header = {"requests": ["create"], "create": {
            "ids": {"__buffer__": 0, "dtype": "int64", "shape": [5]},
            "vectors": {"__buffer__": 1, "dtype": "float32", "shape": [5, 24]}}}
        reply = client.raw([json.dumps(header).encode(), ids.tobytes(), rows[:5].tobytes()])
        assert json.loads(reply[0])["result"]["added"] == 5
        header = {"requests": ["search"], "dtype": "float32", "shape": [5, 24], "k": 2}
        reply = client.raw([json.dumps(header).encode(), rows[:5].tobytes()])
        result = json.loads(reply[0])["result"]
        assert result["ids"] == {"__buffer__": 0, "dtype": "int64", "shape": [5, 2]}
        assert result["scores"] == {"__buffer__": 1, "dtype": "float32", "shape": [5, 2]}
        found = np.frombuffer(reply[1], np.int64).reshape(5, 2)
        np.testing.assert_array_equal(found[:, 0], ids)
        assert np.frombuffer(reply[2], np.float32)[0] == 0
        # float64 cannot hold the first id: an error, never a wrong id.
        assert client.search(rows[:1])["error"]["code"] == "id_not_exact"
        assert client.ask({"requests": ["search"], "search": [rows[3]], "k": 1})["result"][0] == 0


def test_searches_with_conditions(serve, rows):
    with Client(serve().address, "json") as client:
        client.create(range(100), rows[:100])
        search = {"requests": ["search"], "search": [rows[5]], "k": 3}
        assert client.ask(search)["result"][0][0][0] == 5
        found = client.ask(search | {"filter": [7, 8, 12345]})["result"][0][0]
        assert sorted(found) == [-1, 7, 8]
        found = client.ask(search | {"filter": {"range": [90, 200]}})["result"][0][0]
        assert all(90 <= id < 100 for id in found)
        found = client.ask({"requests": ["get"], "get": [3, 1]})["result"]
        np.testing.assert_array_equal(np.float32(found["vectors"]), rows[[3, 1]])
        status = client.ask({"requests": ["status"]})["result"]
        assert status["count"] == 100 and status["dimension"] == 24 and status["sequence"] == 1


@pytest.mark.parametrize("metric", ["ip", "cosine"])
def test_other_metrics(serve, rows, metric):
    with Client(serve("--metric", metric, "-k", "4").address) as client:
        client.create(range(100), rows[:100])
        scores = rows[200] @ rows[:100].T
        if metric == "cosine":
            scores /= np.linalg.norm(rows[200]) * np.linalg.norm(rows[:100], axis=1)
        found = client.search(rows[200:201])["result"]
        best = np.argsort(-scores)[:4]
        np.testing.assert_array_equal(found[0, 0], best)
        np.testing.assert_allclose(found[1, 0], scores[best], rtol=1e-4)


def test_every_message_gets_one_reply(serve, rows):
    """Rubbish, cut and mutated messages: an error each, and the service goes on."""
    good = ENCODINGS["pickle 4"][0]({"requests": ["search"], "search": [rows[0]]})
    random = np.random.default_rng(3)
    with Client(serve().address) as client:
        client.create(range(10), rows[:10])
        cases = [b"", b"{", b"[1, 2]", b"\x80", b"x\x9c", b"\xff" * 50, bytes(100), b" " * 9]
        cases += [good[:size] for size in range(0, len(good), 9)]
        for _ in range(100):
            case = bytearray(good)
            case[random.integers(len(case))] = random.integers(256)
            cases.append(bytes(case))
        cases += [random.bytes(random.integers(1, 200)) for _ in range(100)]
        for case in cases:
            assert len(client.raw([case])) == 1
        # Several frames, of which the first is no header.
        assert b"malformed" in client.raw([b"x", b"y", b""])[0]
        # A pickle that would run a command is refused, not run.
        class Harm:
            def __reduce__(self):
                return (exec, ("raise SystemExit",))
        error = client.ask({"requests": ["search"], "search": Harm()})["error"]
        assert error["code"] == "unsupported_type"
        assert client.search(rows[:1])["result"].shape == (2, 1, K)


def test_limits(serve, rows):
    """What is too much is refused by an answer."""
    service = serve("--max-message-bytes", "20000", "--max-vectors", "50", "--max-k", "20")
    with Client(service.address) as client:
        client.create(range(10), rows[:10])
        search = {"requests": ["search"], "search": [rows[0]]}
        for request in (
            search | {"padding": bytes(30_000)}, search | {"k": 21},
            search | {"search": [rows[0][:1]] * 51},
            {"requests": ["delete"], "delete": list(range(51))},
        ):
            assert client.ask(request)["error"]["code"] == "limit_exceeded"
        # A bomb: 100 MB of zeros in 100 kB would unpack.
        packed = ENCODINGS["zlib pickle"][0](search | {"padding": bytes(10_000_000)})
        assert len(packed) < 20_000
        assert b"limit_exceeded" in zlib.decompress(client.raw([packed])[0])
        assert client.search(rows[:1])["result"].shape == (2, 1, K)


def test_client_with_a_dealer_socket(serve, rows):
    """Many requests at once on one socket, with and without the empty frame."""

    service = serve()
    with Client(service.address) as client:
        client.create(range(20), rows[:20])
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(service.address)
        request = json.dumps({"requests": ["search"], "search": [rows[0].tolist()], "k": 1}).encode()
        for number in range(200):
            socket.send_multipart([b"", request] if number % 2 else [request])
        empty = 0
        for _ in range(200):
            assert socket.poll(10_000)
            *before, reply = socket.recv_multipart()
            empty += before == [b""]
            assert json.loads(reply)["result"] == [[[0.0]], [[0.0]]]
        assert empty == 100


def test_any_array_of_numpy_is_what_it_says(serve):
    """Random types, orders, strides and encodings: what is stored is what numpy makes of it."""
    random = np.random.default_rng(11)
    service = serve()
    clients = {name: Client(service.address, name) for name in ENCODINGS}
    for case in range(120):
        dtype = random.choice(
            ["f2", "f4", "f8", ">f2", ">f4", ">f8", "i1", "i2", ">i4", "i8", "u1", ">u2", "u4", "u8"])
        count, dimension = random.integers(1, 6), random.integers(1, 9)
        matrix = (random.normal(size=(count, 2 * dimension)) * 40).clip(0, 120).astype(dtype)
        if random.integers(2):
            matrix = np.asfortranarray(matrix)
        # Every second number: rows that do not lie together, unless the encoding wants them to.
        name = str(random.choice(list(ENCODINGS)))
        rows = [row[::2] for row in matrix]
        if "compact" in name:
            rows = [np.ascontiguousarray(row) for row in rows]
        if random.integers(2) and "compact" not in name:
            rows = [row[None] for row in rows]
        ids = random.choice(2**40, count, replace=False) - 2**39
        comment = f"case {case}: {dtype} {count} x {dimension} {name}"
        reply = clients[name].create(ids, rows)
        assert reply.get("result", {}) and reply["result"]["added"] == count, (comment, reply)
        found = clients["pickle 4"].ask({"requests": ["get"], "get": [int(id) for id in ids]})
        np.testing.assert_array_equal(
            found["result"]["vectors"], matrix[:, ::2].astype(np.float32), comment)
    for client in clients.values():
        client.close()
