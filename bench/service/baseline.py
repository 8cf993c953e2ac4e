"""The service as the original's page describes it, for comparison: pyzmq, faiss, a readers/writer
lock with priority for writers, and an index that every change makes anew and saves.

python baseline.py --bind tcp://127.0.0.1:14001 --data-dir DIR
"""

import argparse
import os
import pickle
import threading

import faiss
import numpy as np
import zmq


class ReadersWriterLock:
    """Readers together or one writer alone; a writer that waits goes before new readers."""

    def __init__(self):
        self.condition = threading.Condition()
        self.readers = self.waiting = 0
        self.writing = False

    def read(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.writing and not self.waiting)
            self.readers += 1

    def end_read(self):
        with self.condition:
            self.readers -= 1
            self.condition.notify_all()

    def write(self):
        with self.condition:
            self.waiting += 1
            self.condition.wait_for(lambda: not self.writing and not self.readers)
            self.waiting -= 1
            self.writing = True

    def end_write(self):
        with self.condition:
            self.writing = False
            self.condition.notify_all()


class Module:
    def __init__(self, folder, neighbours):
        self.folder, self.neighbours = folder, neighbours
        self.lock = ReadersWriterLock()
        self.data, self.index = {}, None
        os.makedirs(folder, exist_ok=True)

    def make(self):
        ids = np.array(list(self.data), np.int64)
        vectors = np.array(list(self.data.values()), np.float32)
        flat = faiss.IndexFlatL2(vectors.shape[1])
        self.index = faiss.IndexIDMap(flat)
        self.index.add_with_ids(vectors, ids)
        faiss.write_index(self.index, os.path.join(self.folder, "index"))
        with open(os.path.join(self.folder, "data"), "wb") as file:
            pickle.dump(self.data, file)

    def answer(self, request):
        if request["requests"] == ["search"]:
            queries = np.array(request["search"], np.float32)
            self.lock.read()
            try:
                scores, ids = self.index.search(queries, self.neighbours)
            finally:
                self.lock.end_read()
            return {"result": np.array([ids, scores])}
        self.lock.write()
        try:
            if "create" in request["requests"]:
                self.data = {}
            for item in request.get("delete", ()):
                self.data.pop(item["id"], None)
            for name in ("create", "add", "update"):
                for item in request.get(name, ()):
                    self.data[item["id"]] = item["vector"]
            self.make()
        finally:
            self.lock.end_write()
        return {"result": "ok"}

    def work(self, context):
        socket = context.socket(zmq.REP)
        socket.connect("inproc://workers")
        while True:
            socket.send(pickle.dumps(self.answer(pickle.loads(socket.recv()))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", default="tcp://127.0.0.1:14001")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--workers", type=int, default=5)
    arguments = parser.parse_args()
    module = Module(arguments.data_dir, 10)
    context = zmq.Context()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    front.bind(arguments.bind)
    back.bind("inproc://workers")
    for _ in range(arguments.workers):
        threading.Thread(target=module.work, args=(context,), daemon=True).start()
    zmq.proxy(front, back)


if __name__ == "__main__":
    main()
