"""One side, in a process of its own: reads a command as a line of JSON, does it, answers with a line."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

THREADS = os.environ["PEERS_THREADS"]
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = THREADS

import numpy as np  # noqa: E402

import sides  # noqa: E402
from resident import status  # noqa: E402

K = 10


class Worker:
    def __init__(self, name):
        self.side = sides.make(name)

    def do_load(self, folder, metric):
        self.rows, self.queries = (np.load(f"{folder}/{name}.npy") for name in ("base", "query"))
        self.metric = metric
        return {"version": self.side.version}

    def do_build(self, key, threads):
        self.side.index = None
        trained, added = self.side.build(self.rows, self.metric, key, threads)
        # Not ru_maxrss, which keeps what the process that started this one once held.
        return {"train": trained, "add": added, "peak": status("VmHWM")}

    def do_size(self):
        """Bytes of the files of the index."""
        folder = pathlib.Path(tempfile.mkdtemp())
        try:
            self.side.save(str(folder / "index") if self.side.version != "0.5.0" else str(folder))
            return {"bytes": sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())}
        finally:
            shutil.rmtree(folder)

    def do_search(self, parameters, threads, mode, seconds, out=None):
        """A turn: searches for a while. Seconds for each query; alone, of each one."""
        self.side.set(parameters, threads)
        queries = self.queries
        self.side.search(queries[:8] if mode == "single" else queries, K)
        if mode == "single":
            ids, times = [], []
            end = time.perf_counter() + seconds
            while len(ids) < len(queries) and (len(ids) < 100 or time.perf_counter() < end):
                query = queries[len(ids):len(ids) + 1]
                started = time.perf_counter()
                found = self.side.search(query, K)
                times.append(time.perf_counter() - started)
                ids.append(found[0])
        else:
            times = []
            while len(times) < 2 or sum(times) < seconds:
                started = time.perf_counter()
                ids = self.side.search(queries, K)
                times.append(time.perf_counter() - started)
            times = [each / len(queries) for each in times]
        if out:
            np.save(out, np.array(ids, np.int64))
        return {"times": times}

    def do_clusters(self, k, rounds, threads):
        seconds, loss = self.side.clusters(self.rows, k, rounds, threads)
        return {"seconds": seconds, "loss": loss}

    def do_rotation(self, parts, threads):
        seconds, loss = self.side.rotation(self.rows, parts, threads)
        return {"seconds": seconds, "loss": loss}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(worker, "do_" + command.pop("op"))(**command)
        except Exception as error:  # a side that cannot do something says so, and the others go on
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
