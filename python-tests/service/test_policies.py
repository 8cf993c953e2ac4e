"""What is refused and what is taken: every case of the contract in every encoding that can say it."""

import numpy as np
import pytest
from plain_client import ENCODINGS, Client, items

D = 3
ROW = np.float32([1, 2, 3])
INT64 = (-(2**63), -2, 0, 1, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1)


def search(queries, **fields):
    return {"requests": ["search"], "search": queries, **fields}


def add(vector, id=100):
    return {"requests": ["add"], "add": [{"vector": vector, "id": id}]}


REFUSED = {
    "search, another dimension": (search([ROW[:2]]), "dimension_mismatch"),
    "search, ragged": (search([ROW, ROW[:2]]), "dimension_mismatch"),
    "search, nothing": (search([]), "invalid_request"),
    "search, an empty vector": (search([np.float32([])]), "invalid_request"),
    "search, 3-d": (search([np.zeros((1, 1, D), np.float32)]), "invalid_request"),
    "search, 2-d of two": (search([np.zeros((2, D), np.float32)]), "invalid_request"),
    "search, a number": (search(5), "invalid_request"),
    "search, a text": (search("abc"), "invalid_request"),
    "search, NaN": (search([ROW, np.float32([1, np.nan, 3])]), "not_finite"),
    "search, infinity": (search([np.float32([1, 2, np.inf])]), "not_finite"),
    "search, -infinity": (search([np.float32([-np.inf, 2, 3])]), "not_finite"),
    "search, beyond a float32": (search([np.float64([1, 2, 1e300])]), "not_finite"),
    "k 0": (search([ROW], k=0), "invalid_request"),
    "k -1": (search([ROW], k=-1), "invalid_request"),
    "k 1.5": (search([ROW], k=1.5), "invalid_request"),
    "k a text": (search([ROW], k="3"), "invalid_request"),
    "k too large": (search([ROW], k=10_001), "limit_exceeded"),
    "k huge": (search([ROW], k=2**62), "limit_exceeded"),
    "add, another dimension": (add(np.float32([1, 2])), "dimension_mismatch"),
    "add, 3-d": (add(np.zeros((1, 1, D), np.float32)), "invalid_request"),
    "add, NaN": (add(np.float32([np.nan, 2, 3])), "not_finite"),
    "add, infinity": (add(np.float32([np.inf, 2, 3])), "not_finite"),
    "add, an id that is there": (add(ROW, 1), "duplicate_id"),
    "add, an id twice": ({"requests": ["add"], "add": items([7, 7], [ROW, ROW])}, "duplicate_id"),
    "create, an id twice": (
        {"requests": ["create"], "create": items([7, 7], [ROW, ROW])}, "duplicate_id"),
    "create, nothing": ({"requests": ["create"], "create": []}, "invalid_request"),
    "create, ragged": (
        {"requests": ["create"], "create": items([7, 8], [ROW, ROW[:2]])}, "dimension_mismatch"),
    "update, unknown": ({"requests": ["update"], "update": items([70], [ROW])}, "unknown_id"),
    "get, unknown": ({"requests": ["get"], "get": [70]}, "unknown_id"),
    "id -1": (add(ROW, -1), "invalid_request"),
    "id 1.5": (add(ROW, 1.5), "invalid_request"),
    "id a text": (add(ROW, "7"), "invalid_request"),
    "no id": ({"requests": ["add"], "add": [{"vector": ROW}]}, "invalid_request"),
    "no vector": ({"requests": ["add"], "add": [{"id": 5}]}, "invalid_request"),
    "no requests": ({"search": [ROW]}, "unknown_request"),
    "an unknown request": ({"requests": ["drop"]}, "unknown_request"),
    "two that do not go together": (
        {"requests": ["search", "delete"], "search": [ROW], "delete": [1]}, "invalid_request"),
    "not a record": ([1, 2, 3], "invalid_request"),
}

# A 0-d array is a number in JSON, so it is one everywhere.
SCALARS = {"search, 0-d": search([np.array(1.0, np.float32)]), "add, 0-d": add(np.array(1.0, np.float32))}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_refused(serve, encoding):
    with Client(serve().address, encoding) as client:
        client.create([1, 2], [ROW, ROW + 1])
        for name, (request, code) in REFUSED.items():
            if encoding == "json_tricks" and code == "not_finite" and "float32" not in name:
                # It refuses to write them.
                with pytest.raises(ValueError):
                    client.encode(request)
                continue
            reply = client.ask(request)
            assert reply["result"] is None, (name, reply)
            assert reply["error"]["code"] == code, (name, reply)
        for name, request in SCALARS.items():
            reply = client.ask(request)
            assert reply["error"]["code"] in ("invalid_request", "dimension_mismatch"), (name, reply)
        # Nothing of all this left a trace.
        status = client.ask({"requests": ["status"]})["result"]
        assert status["count"] == 2 and status["sequence"] == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_extreme_ids(serve, encoding):
    with Client(serve().address, encoding) as client:
        for place, id in enumerate(INT64):
            vector = np.float32([place, 0, 0])
            if place == 0:
                assert client.create([id], [vector])["result"]["added"] == 1
            else:
                assert client.change(([id], [vector]))["result"]["added"] == 1
            reply = client.ask(search([vector], k=1))
            if abs(id) <= 2**53:
                assert np.array(reply["result"])[:, 0, 0].tolist() == [id, 0]
            else:
                assert reply["error"]["code"] == "id_not_exact"
            got = client.ask({"requests": ["get"], "get": [id]})["result"]
            assert np.array(got["vectors"]).tolist() == [vector.tolist()]
            assert client.change((), ([id], [vector]))["result"]["updated"] == 1
            assert np.array(client.ask(search([vector], k=1, filter=[0]))["result"])[0, 0, 0] in (0, -1)
        gone = client.change(delete=[*INT64, 12345])["result"]
        assert gone["deleted"] == len(INT64) and gone["missing"] == 1
        assert np.array(client.ask(search([ROW], k=2))["result"])[0].tolist() == [[-1, -1]]
        assert client.ask({"requests": ["delete"], "delete": []})["result"]["deleted"] == 0
