"""Writes messages.json: requests as Python clients encode them, with what they ask for.

Run with numpy 2 and json_tricks 3.17: python make.py
"""

import base64
import json
import pathlib
import pickle
import warnings
import zlib

import json_tricks
import numpy as np

warnings.simplefilter("ignore")

# Small whole numbers, so that every type of numbers holds them exactly.
ROWS = [[1, 2, 3], [4, 5, 7]]


def search(dtype, order="C", shape=(3,)):
    if order == "F":
        return [np.asfortranarray(np.array([row], dtype)) for row in ROWS]
    return [np.array(row, dtype).reshape(shape) for row in ROWS]


def change(dtype, id_type):
    vectors = search(dtype)
    return {
        "requests": ["add", "update", "delete"],
        "add": [{"vector": vectors[0], "id": id_type(10)}],
        "update": [{"vector": vectors[1], "id": id_type(11)}],
        "delete": [{"id": id_type(1)}, {"id": id_type(2**40)}],
    }


def plain(value):
    """The value as plain lists."""
    return json.loads(json.dumps(value, default=lambda array: array.tolist()))


def encodings(value):
    yield "json", json.dumps(plain(value)).encode()
    yield "json indented", b"\n " + json.dumps(plain(value), indent=1).encode()
    yield "json_tricks", json_tricks.dumps(value).encode()
    if not isinstance(value.get("search"), np.ndarray) or value["search"].flags.c_contiguous:
        yield "json_tricks compact", json_tricks.dumps(
            value, properties={"ndarray_compact": True}).encode()
    for protocol in range(2, 6):
        written = pickle.dumps(value, protocol=protocol)
        yield f"pickle {protocol}", written
        yield f"zlib pickle {protocol}", zlib.compress(written)
        # Names come with their lengths from protocol 4 on.
        if protocol < 4:
            yield f"pickle {protocol}, numpy 1", written.replace(b"numpy._core", b"numpy.core")


def main():
    cases = []
    for dtype in ("f2", "f4", "f8", ">f4", ">f8", "i1", "<i2", ">i4", "i8", "u1", "u2", "u4", "u8"):
        value = {"requests": ["search"], "search": search(dtype), "k": 3}
        cases += [("search", f"{dtype} {name}", data) for name, data in encodings(value)]
    for shape, order in (((1, 3), "C"), ((1, 3), "F")):
        value = {"requests": ["search"], "search": search("f4", order, shape), "k": np.int64(3)}
        cases += [("search", f"{shape} {order} {name}", data) for name, data in encodings(
            {**value, "k": 3})]
    matrix = {"requests": ["search"], "search": np.array(ROWS, "f4"), "k": 3}
    cases += [("search", f"matrix {name}", data) for name, data in encodings(matrix)]
    matrix["search"] = np.asfortranarray(matrix["search"])
    cases += [("search", f"Fortran {name}", data) for name, data in encodings(matrix)]
    # Packed arrays of json_tricks are gzipped from some length on.
    wide = np.zeros((2, 200), "f4")
    wide[:, :3] = ROWS
    cases.append(("wide", "json_tricks gzip", json_tricks.dumps(
        {"requests": ["search"], "search": wide, "k": 3},
        properties={"ndarray_compact": True}).encode()))
    assert b"b64.gz:" in cases[-1][2]
    for id_type in (int, np.int64):
        for name, data in encodings(change("f4", id_type)):
            if id_type is int or "pickle" in name:
                cases.append(("change", f"{id_type.__name__} {name}", data))
    folder = pathlib.Path(__file__).parent
    lines = [json.dumps({"asks": asks, "name": name, "base64": base64.b64encode(data).decode()})
             for asks, name, data in cases]
    (folder / "messages.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
