"""Load on a service: searches per second and how long they take, with and without changes.

python load.py --protocol fast --fill 100000 --clients 1 16 128 1000 --writes 0 inf --writers 1 64

The service must run already. Each client has one request at a time. With `--writes`, another client changes
vectors meanwhile, so often a second; `inf` is without a pause.
"""

import argparse
import json
import pickle
import resource
import threading
import time

import numpy as np
import zmq

K = 10


class Asker:
    """A client with one request at a time, in the original's pickles or by the fast path."""

    def __init__(self, address, protocol):
        self.fast = protocol == "fast"
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)

    def search(self, query):
        if self.fast:
            header = {"requests": ["search"], "dtype": "float32", "shape": [1, len(query)]}
            self.socket.send_multipart([json.dumps(header).encode(), query])
            frames = self.socket.recv_multipart()
            return np.frombuffer(frames[1], np.int64)
        self.socket.send(pickle.dumps({"requests": ["search"], "search": [query]}))
        return pickle.loads(self.socket.recv())["result"][0]

    def change(self, name, ids, vectors):
        self.socket.send(pickle.dumps({"requests": [name], name: [
            {"vector": vector, "id": int(id)} for id, vector in zip(ids, vectors)]}))
        reply = pickle.loads(self.socket.recv())
        assert reply["result"] is not None, reply


def percentiles(seconds):
    return {f"p{share}_ms": round(float(np.percentile(seconds, share)) * 1e3, 2)
            for share in (50, 95, 99)} if len(seconds) else {}


def measure(arguments, queries, clients, writes):
    """Searches of all clients for some seconds, while another one writes at a steady rate."""
    end = time.perf_counter() + arguments.seconds
    taken, changes = [[] for _ in range(clients)], []

    def search(number):
        asker = Asker(arguments.address, arguments.protocol)
        place = number
        while time.perf_counter() < end:
            started = time.perf_counter()
            asker.search(queries[place % len(queries)])
            taken[number].append(time.perf_counter() - started)
            place += clients

    def write():
        asker = Asker(arguments.address, arguments.protocol)
        number = 0
        begin = time.perf_counter()
        while writes and time.perf_counter() < end:
            started = time.perf_counter()
            asker.change("update", [number % arguments.fill], queries[[number % len(queries)]])
            changes.append(time.perf_counter() - started)
            number += 1
            time.sleep(max(0, begin + number / writes - time.perf_counter()))

    threads = [threading.Thread(target=search, args=(i,)) for i in range(clients)]
    threads.append(threading.Thread(target=write))
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    all_taken = np.concatenate([np.array(times) for times in taken])
    return {
        "clients": clients, "writes_per_s_wanted": str(writes),
        "searches_per_s": round(len(all_taken) / elapsed, 1), **percentiles(all_taken),
        "writes_per_s": round(len(changes) / elapsed, 2),
        "write": percentiles(np.array(changes))}


def measure_writers(arguments, queries, writers):
    """Changes that were answered per second, each client with one at a time."""
    end = time.perf_counter() + arguments.seconds
    taken = [[] for _ in range(writers)]

    def write(number):
        asker = Asker(arguments.address, arguments.protocol)
        place = number
        while time.perf_counter() < end:
            started = time.perf_counter()
            asker.change("update", [place % arguments.fill], queries[[place % len(queries)]])
            taken[number].append(time.perf_counter() - started)
            place += writers

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = np.concatenate([np.array(times) for times in taken])
    return {"writers": writers, **percentiles(times),
            "writes_per_s": round(len(times) / (time.perf_counter() - started), 1)}


def vectors(count, dimension, random, centres=None):
    """Random vectors, around centres if there are any."""
    values = random.normal(size=(count, dimension)).astype(np.float32)
    return values if centres is None else values + centres[random.integers(len(centres), size=count)]


def fill(asker, count, dimension, random, centres=None):
    """Creates vectors, in parts that a message may hold."""
    part = 25_000
    for first in range(0, count, part):
        size = min(part, count - first)
        asker.change("add" if first else "create", range(first, first + size),
                     vectors(size, dimension, random, centres))


def wait_for_merges(address):
    """Until the main index is made and nothing more is merged; says what it is."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.connect(address)
    calm = 0
    while True:
        socket.send(b'{"requests": ["status"]}')
        status = json.loads(socket.recv())["result"]
        calm = calm + 1 if not status["merge"] and status["index"] != "Flat" else 0
        if calm == 6:
            return {name: status.get(name) for name in (
                "count", "delta", "index", "index_parameters", "index_recall", "last_merge_s")}
        time.sleep(0.5)


def allow_many_clients():
    """Each needs a socket and open files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    zmq.Context.instance().set(zmq.MAX_SOCKETS, 10_000)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="tcp://127.0.0.1:14000")
    parser.add_argument("--protocol", choices=("pickle", "fast"), default="pickle")
    parser.add_argument("--fill", type=int, default=100_000, help="vectors to create first")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--clients", type=int, nargs="*", default=[16])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--writes", type=float, nargs="*", default=[0, 10])
    parser.add_argument("--writers", type=int, nargs="*", default=[],
                        help="measure so many clients that only write")
    parser.add_argument("--clusters", type=int, default=0,
                        help="vectors lie around so many centres, as those of real data do")
    parser.add_argument("--merged", action="store_true", help="wait for a main index first")
    parser.add_argument("--filled", action="store_true", help="the vectors are there already")
    arguments = parser.parse_args()
    allow_many_clients()
    random = np.random.default_rng(1)
    centres = vectors(arguments.clusters, arguments.dimension, random) if arguments.clusters else None
    queries = vectors(1000, arguments.dimension, random, centres)
    if not arguments.filled:
        fill(Asker(arguments.address, arguments.protocol), arguments.fill, arguments.dimension, random,
             centres)
    if arguments.merged:
        print(json.dumps(wait_for_merges(arguments.address)), flush=True)
    for clients in arguments.clients:
        for writes in arguments.writes:
            print(json.dumps(measure(arguments, queries, clients, writes)), flush=True)
    for writers in arguments.writers:
        print(json.dumps(measure_writers(arguments, queries, writers)), flush=True)


if __name__ == "__main__":
    main()
