"""One index at one size, in a process of its own: reads what to do as JSON, answers with JSON."""

import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "peers"), str(HERE.parent)]
TASK = json.load(sys.stdin)
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(TASK["threads"])

import numpy as np  # noqa: E402

from comparison import recall  # noqa: E402
from resident import Growth  # noqa: E402
import sides  # noqa: E402

K = 10
# Above this the rest of a ladder only costs time.
ENOUGH = 0.97


def timed(search, seconds, least=2):
    """Medians of wall clock and processor time over a while."""
    walls, processors = [], []
    while len(walls) < least or sum(walls) < seconds:
        wall, processor = time.perf_counter(), time.process_time()
        search()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def one_by_one(side, queries):
    for place in range(len(queries)):
        side.search(queries[place:place + 1], K)


def searched(side, queries, truth, parameters):
    """Recall at one setting, and microseconds a query: in a batch and one by one."""
    side.set(parameters, TASK["threads"])
    point = {"parameters": parameters, "recall": float(recall(side.search(queries, K), truth, K))}
    alone = queries[:TASK["alone"]]
    for mode, count, search in (
            ("batch", len(queries), lambda: side.search(queries, K)),
            ("alone", len(alone), lambda: one_by_one(side, alone))):
        wall, processor = timed(search, TASK["seconds"])
        point[mode] = {"wall": wall / count * 1e6, "processor": processor / count * 1e6}
    return point


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    side = sides.make("vicinal")
    rows, queries, truth = (np.load(TASK[name]) for name in ("rows", "queries", "truth"))
    rows = rows[:TASK["count"]].copy()
    growth = Growth()
    processor = time.process_time()
    trained, added = side.build(rows, "l2", TASK["key"], TASK["threads"])
    found = {"train": trained, "add": added, "processor": time.process_time() - processor,
             "peak": growth.peak(), "resident": growth.now()}
    with tempfile.TemporaryDirectory(dir=TASK["scratch"]) as folder:
        path = pathlib.Path(folder) / "index"
        side.save(str(path))
        found["bytes"] = path.stat().st_size
    found["ladders"] = []
    for ladder in TASK["ladders"]:
        points = []
        for parameters in ladder:
            points.append(searched(side, queries, truth, parameters))
            if points[-1]["recall"] >= ENOUGH:
                break
        found["ladders"].append(points)
    print(json.dumps(found), file=answers, flush=True)


main()
