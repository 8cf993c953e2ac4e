"""Builds or opens one index in a process of its own and says how much memory that took: reads what to do as
JSON, answers with JSON.

What is resident counts code that is run for the first time and pages of mapped files. So a small index of
the same kind is built and searched before anything is measured, and the pages of a batch are given back
behind it: what grows is what the index, its building and one batch take.
"""

import ctypes
import gc
import json
import mmap
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "peers")]
TASK = json.load(sys.stdin)
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(TASK["threads"])

import numpy as np  # noqa: E402

from resident import Growth  # noqa: E402
import sides  # noqa: E402

WARM_UP = 4000


def batches(path, count):
    """Equal parts of a file as they lie in it; the pages of each are given back when the next is asked for."""
    rows = np.load(path, mmap_mode="r")
    for number in range(count):
        yield np.asarray(rows[len(rows) * number // count:len(rows) * (number + 1) // count])
        rows._mmap.madvise(mmap.MADV_DONTNEED)


def add(side, parts):
    for rows in parts:
        side.add(rows)
    side.finish()


def settle():
    """Gives back what was freed."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def warmed(side, key, queries):
    """Runs the code that will be measured on a few vectors."""
    few = np.load(TASK["rows"], mmap_mode="r")[:WARM_UP].copy()
    key = re.sub(r"IVF\d+", "IVF16", key)
    side.begin(few.shape[1], TASK["metric"], key, TASK["threads"], len(few))
    side.train(few)
    add(side, [few])
    side.search(queries, 10)
    side.index = None
    settle()


def measure_build(side, queries):
    count, dimension = np.load(TASK["rows"], mmap_mode="r").shape
    growth = Growth()
    side.begin(dimension, TASK["metric"], TASK["key"], TASK["threads"], count)
    for sample in batches(TASK["sample"], 1):
        side.train(sample)
    found = {"count": count, "batch": -(-count // TASK["batches"]) * dimension * 4,
             "sample": sample.nbytes, "training": growth.peak()}
    settle()
    growth.restart_peak()
    add(side, batches(TASK["rows"], TASK["batches"]))
    found["peak"], found["resident"] = growth.peak(), growth.now()
    settle()
    found["settled"] = growth.now()
    side.save(TASK["index"])
    index = pathlib.Path(TASK["index"])
    found["bytes"] = sum(each.stat().st_size for each in [index, *index.rglob("*")] if each.is_file())
    return found


def measure_load(side, queries):
    growth = Growth()
    side.load(TASK["index"], queries.shape[1], TASK["metric"], TASK["key"], TASK["is_mapped"])
    side.search(queries[:1], 10)
    return {"resident": growth.now(), "peak": growth.peak()}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    side = sides.make(TASK["side"])
    queries = np.load(TASK["queries"])[:10].copy()
    warmed(side, TASK["key"], queries)
    found = (measure_build if TASK["does"] == "build" else measure_load)(side, queries)
    print(json.dumps(found), file=answers, flush=True)


main()
