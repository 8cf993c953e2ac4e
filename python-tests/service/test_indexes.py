"""`--index`, `optimize`, `snapshot` and search parameters, as clients see them."""

import json
import shutil
import time

import faiss
import numpy as np
import pytest
from plain_client import ENCODINGS, Client


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(12).normal(size=(7_000, 16)).astype(np.float32)


def settled(client, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = client.ask({"requests": ["status"]})["result"]
        if not status["merge"] and condition(status):
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def recall(client, rows, queries, k=10):
    found = client.ask({"requests": ["search"], "search": list(queries), "k": k})["result"]
    index = faiss.IndexFlatL2(rows.shape[1])
    index.add(rows)
    wanted = index.search(queries, k)[1]
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(np.array(found)[0], wanted)])


def test_auto_stays_flat_while_there_are_few(serve, rows):
    with Client(serve("--auto-from", "1000").address) as client:
        client.create(range(900), rows[:900])
        time.sleep(1.2)
        assert client.ask({"requests": ["status"]})["result"]["merges"] == 0
        client.change((range(900, 1500), rows[900:1500]))
        # It looked, and found that so few are best compared one by one; it does not look again.
        status = settled(client, lambda status: status["merges"] == 1)
        assert status["index"] == "Flat" and status["delta"] == 1500
        client.change(([5_000], rows[5_000:5_001]))
        time.sleep(1.2)
        assert settled(client, lambda status: True)["merges"] == 1


def test_auto_chooses_by_measuring(serve, rows):
    with Client(serve("--auto-from", "6000").address) as client:
        client.create(range(7_000), rows)
        status = settled(client, lambda status: status["merges"] == 1, 120)
        assert status["merge_error"] is None
        assert recall(client, rows, rows[:100] + 0.01) >= 0.9
        # Which index that is depends on the machine; that it is one is said.
        assert status["delta"] == (7_000 if status["index"] == "Flat" else 0)


@pytest.mark.parametrize("key", ["HNSW16,Flat", "IVF32,SQ8", "PCAR16,IVF16,Flat", "PQ8x4fs,RFlat"])
def test_kinds_of_index(serve, rows, tmp_path, key):
    folder = tmp_path / "data"
    service = serve("--index", key, "--merge-vectors", "2000", folder=folder)
    with Client(service.address) as client:
        client.create(range(6_000), rows[:6_000])
        status = settled(client, lambda status: status["merges"] == 1)
        assert status["index"] == key and status["delta"] == 0
        client.change((range(6_000, 7_000), rows[6_000:]), (range(50), rows[100:150] + 9), range(50, 100))
        status = settled(client, lambda status: True)
        assert (status["count"], status["delta"], status["dead_rows"]) == (6_950, 1_050, 100)
        found = client.search(rows[6_500:6_520])["result"]
        assert found[0, :, 0].tolist() == list(range(6_500, 6_520))
        assert not np.isin(client.search(rows[50:100])["result"][0], range(100)).any()
        now = np.vstack([rows[100:150] + 9, np.full((50, 16), 1e9, np.float32), rows[100:]])
        assert recall(client, now, rows[2_000:2_100] + 0.01) >= 0.85
        assert client.ask({"requests": ["snapshot"]})["result"] == {"sequence": 2}
        answer = client.search(rows[:30])["result"]
    assert service.stop() == 0
    # What a snapshot holds gives the same answers, and faiss reads it.
    service = serve("--index", key, folder=folder)
    with Client(service.address) as client:
        status = settled(client, lambda status: True)
        assert (status["index"], status["merges"], status["delta"]) == (key, 0, 1_050)
        np.testing.assert_array_equal(client.search(rows[:30])["result"], answer)
    assert service.stop() == 0
    (file,) = folder.glob("snapshots/*-main-*")
    saved = faiss.read_index(str(file))
    assert saved.ntotal == 6_000 and saved.search(rows[200:201], 1)[1][0, 0] == 200
    # More changes are merged into this index: what is gone is taken out, what is new is added.
    service = serve("--index", key, "--merge-vectors", "2000", folder=folder)
    with Client(service.address) as client:
        ids = range(1_000, 2_500)
        now[1_000:2_500] += 0.25
        assert client.change(update=(ids, now[1_000:2_500]))["result"]["updated"] == 1_500
        status = settled(client, lambda status: status["merges"] == 1)
        assert status["merges_extended"] == 1 and status["index"] == key
        assert (status["count"], status["delta"], status["dead_rows"]) == (6_950, 0, 0)
        assert recall(client, now, rows[2_000:2_100] + 0.01) >= 0.85
        found = client.ask({"requests": ["search"], "search": list(now[1_500:1_510]), "k": 1,
                            "filter": {"range": [1_490, 1_520]}})["result"]
        assert found[0, :, 0].tolist() == list(range(1_500, 1_510))
        assert not np.isin(client.search(rows[50:100])["result"][0], range(50, 100)).any()
    assert service.stop() == 0
    newest = max(folder.glob("snapshots/*-main-*"), key=lambda file: file.stat().st_mtime)
    saved = faiss.read_index(str(newest))
    assert saved.ntotal == 6_950 and saved.search(now[1_500:1_501], 1)[1][0, 0] == 1_500


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_requests_in_every_encoding(serve, rows, encoding):
    with Client(serve().address, encoding) as client:
        assert client.ask({"requests": ["optimize"]})["error"]["code"] == "no_index"
        assert client.ask({"requests": ["snapshot"]})["result"] == {"sequence": 0}
        client.create(range(500), rows[:500])
        for wish in ({"index": "IVF"}, {"index": 3}, {"target_recall": 0}, {"target_recall": 2},
                     {"recall": 0.5}, "IVF4"):
            request = {"requests": ["optimize"], "optimize": wish}
            assert client.ask(request)["error"]["code"] == "invalid_request", wish
        request = {"requests": ["optimize"], "optimize": {"index": "IVF4,Flat", "target_recall": 0.5}}
        assert client.ask(request)["result"] == {"started": True}
        settled(client, lambda status: status["index"] == "IVF4,Flat")
        assert client.ask({"requests": ["snapshot"]})["result"] == {"sequence": 1}
        search = {"requests": ["search"], "search": list(rows[:20] + 0.1), "k": 10}
        exact = np.argsort(((rows[:20, None] + 0.1 - rows[None, :500]) ** 2).sum(-1), 1)[:, :10]
        for parameters in ({"nprobe": 4}, "nprobe=4", "nprobe=4,efSearch=9", {"nprobe": 4.0}):
            found = client.ask(search | {"parameters": parameters})["result"]
            np.testing.assert_array_equal(np.array(found)[0], exact)
        for parameters in ({"nprobe": 0}, "nprobe", "nprobe=x", {"probes": 3}, [1], {"nprobe": "4"},
                           "nprobe=4,nprobe=5", {"nprobe": 1e300}):
            reply = client.ask(search | {"parameters": parameters})
            assert reply["error"]["code"] == "invalid_request", parameters


def test_what_cannot_be_an_index(vicinal):
    for option in (("--index", "IVF"), ("--target-recall", "2"), ("--index-memory", "much"),
                   ("--merge-vectors", "0")):
        vicinal("serve", "--data-dir", "x", *option, code=64)


def test_clients_and_top(vicinal, serve, rows, tmp_path):
    address = serve().address
    with Client(address) as client:
        client.create(range(300), rows[:300])
        shown = vicinal("client", "optimize", "--address", address, "--index", "IVF4,Flat").stdout
        assert "started" in shown
        settled(client, lambda status: status["index"] == "IVF4,Flat")
    assert "1" in vicinal("client", "snapshot", "--address", address).stdout
    shown = vicinal("client", "get", "--address", address, "--ids", 7, 9, "--vectors",
                    tmp_path / "got.npy").stdout
    np.testing.assert_array_equal(np.load(tmp_path / "got.npy"), rows[[7, 9]])
    assert "2 vectors" in shown
    lines = vicinal("client", "get", "--address", address, "--ids", 7).stdout
    np.testing.assert_allclose(json.loads(lines), [rows[7]], rtol=1e-6)
    shown = vicinal("top", "--address", address, "--looks", 1).stdout
    assert "IVF4,Flat" in shown and "merges    1" in shown


def test_a_store_that_was_restored(serve, rows, tmp_path):
    """Snapshots of changes that a restored store does not know are never used, then or later."""
    folder = tmp_path / "data"
    options = ("--index", "IVF4,Flat", "--merge-vectors", "100")
    service = serve(*options, folder=folder)
    with Client(service.address) as client:
        client.create(range(500), rows[:500])
        settled(client, lambda status: status["index"] == "IVF4,Flat")
    assert service.stop() == 0
    shutil.copy(folder / "vectors.sqlite", tmp_path / "copy")
    service = serve(*options, folder=folder)
    with Client(service.address) as client:
        client.change((range(500, 900), rows[500:900]), delete=range(100))
        client.ask({"requests": ["optimize"]})
        settled(client, lambda status: status["merges"] >= 1 and status["delta"] == 0)
        client.change((), (range(100, 110), rows[1000:1010]))
    assert service.stop() == 0
    (folder / "vectors.sqlite").unlink()
    shutil.copy(tmp_path / "copy", folder / "vectors.sqlite")
    for turn in range(3):
        service = serve(*options, folder=folder)
        with Client(service.address) as client:
            # Other changes with the numbers of those that are forgotten.
            for step in range(2):
                client.change(([2000 + 2 * turn + step], rows[2000 + 2 * turn + step][None]))
            wanted = [*range(500), *range(2000, 2000 + 2 * turn + 2)]
            status = client.ask({"requests": ["status"]})["result"]
            assert status["count"] == len(wanted)
            request = {"requests": ["search"], "search": list(rows[wanted]), "k": 1,
                       "parameters": {"nprobe": 4}}
            assert client.ask(request)["result"][0, :, 0].tolist() == wanted
        assert service.stop() == 0


@pytest.mark.parametrize("metric, key", [
    ("l2", "PQ8x4"), ("ip", "PQ8x4"), ("cosine", "SQ4"), ("l2", "IVF8,SQ4"), ("l2", "HNSW16,Flat")])
def test_scores_of_codes_beside_an_exact_delta(serve, rows, tmp_path, metric, key):
    """Vectors in the delta are neither pushed back nor preferred: all scores are those of the vectors."""
    rows, queries = rows[:4_000], rows[5_000:5_100]
    if metric == "cosine":
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        truth = queries / np.linalg.norm(queries, axis=1, keepdims=True) @ unit.T
    elif metric == "ip":
        truth = queries @ rows.T
    else:
        truth = -((queries[:, None] - rows[None]) ** 2).sum(-1)
    nearest = np.argsort(-truth, 1)[:, :10]
    folder = tmp_path / "data"

    def judged(client, moved):
        ids, scores = np.array(client.ask(
            {"requests": ["search"], "search": list(queries), "k": 10})["result"])
        ids = ids.astype(int)
        true = np.take_along_axis(truth, ids, 1)
        np.testing.assert_allclose(
            scores if metric != "l2" else -scores, true, rtol=1e-5, atol=1e-5)
        assert (np.diff(true) <= 1e-5).all()
        # Everything in the delta that is nearer than the last of the neighbours is among them.
        for found, all_scores, last in zip(ids, truth, true[:, -1]):
            nearer = set(np.flatnonzero(all_scores[:moved] > last + 1e-5))
            assert nearer <= set(found)
        return np.mean([len(set(a) & set(b)) for a, b in zip(ids, nearest)]) / 10

    options = ("--metric", metric, "--index", key, "--merge-vectors", "3000")
    service = serve(*options, folder=folder)
    with Client(service.address) as client:
        client.create(range(4_000), rows)
        settled(client, lambda status: status["index"] == key and not status["delta"])
        before = judged(client, 0)
        # The same vectors anew: the neighbours are the same, but these are compared exactly now.
        assert client.change(update=(range(1_000), rows[:1_000]))["result"]["updated"] == 1_000
        assert judged(client, 1_000) >= before
        client.ask({"requests": ["snapshot"]})
        after = judged(client, 1_000)
    assert service.stop() == 0
    with Client(serve(*options, folder=folder).address) as client:
        assert settled(client, lambda status: True)["delta"] == 1_000
        assert judged(client, 1_000) == after
