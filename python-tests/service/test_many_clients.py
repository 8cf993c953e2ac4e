"""Many clients at once, and clients that do harm by being slow."""

import concurrent.futures
import json
import resource
import socket as tcp
import threading
import time

import numpy as np
import pytest
import zmq
from plain_client import Client
from support import figure

CLIENTS = figure("CLIENTS", 1000)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(2).normal(size=(1000, 8)).astype(np.float32)


def test_many_clients_at_once(serve, rows):
    """Each gets its own answer. They need open files here as well as there."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A socket and a descriptor to wake it each, beside what there is.
    if most < 2 * CLIENTS + 500:
        pytest.skip(f"only {most} open files are allowed here")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    service = serve("-k", "1")
    with Client(service.address) as client:
        client.create(range(1000), rows)
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 2 * CLIENTS)
    sockets = []
    started = time.monotonic()
    try:
        for number in range(CLIENTS):
            socket = context.socket(zmq.REQ)
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(service.address)
            request = {"requests": ["search"], "search": [rows[number % 1000].tolist()]}
            socket.send(json.dumps(request).encode())
            sockets.append(socket)
        for number, socket in enumerate(sockets):
            assert socket.poll(20_000), f"client {number} got no reply"
            assert json.loads(socket.recv())["result"] == [[[float(number % 1000)]], [[0.0]]]
        print(f"{CLIENTS} clients, {time.monotonic() - started:.1f} s")
    finally:
        context.destroy(linger=0)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)


class Harasser(threading.Thread):
    """Half a handshake, a byte at a time, rubbish, and replies that nobody reads, until told to end."""

    def __init__(self, address, rows):
        super().__init__(daemon=True)
        self.address, self.rows = address, rows
        host, port = address.removeprefix("tcp://").split(":")
        self.place = (host, int(port))
        self.is_over = threading.Event()
        self.opened = 0

    def run(self):
        random = np.random.default_rng(5)
        raw, silent = {}, []
        while not self.is_over.wait(0.1):
            for number in range(150):
                said = (b"", GREETING[:10], GREETING, random.bytes(300), GREETING + b"\x02\xff" * 9)[number % 5]
                try:
                    if number not in raw:
                        raw[number] = tcp.create_connection(self.place)
                        raw[number].setblocking(False)
                        raw[number].sendall(said)
                        self.opened += 1
                    elif number % 5 < 3:
                        # Slowly on and on; what was cut off comes again.
                        raw[number].send(b"\x00")
                    elif not raw[number].recv(1000):
                        raise ConnectionResetError
                except BlockingIOError:
                    pass
                except OSError:
                    if number in raw:
                        raw.pop(number).close()
            if len(silent) < 20:
                silent.append(zmq.Context.instance().socket(zmq.DEALER))
                silent[-1].setsockopt(zmq.LINGER, 0)
                silent[-1].setsockopt(zmq.RCVHWM, 1)
                silent[-1].connect(self.address)
            header = b'{"requests": ["search"], "dtype": "float32", "shape": [10, 8], "k": 1000}'
            try:
                socket = silent[int(random.integers(len(silent)))]
                socket.send_multipart([b"", header, self.rows[:10].tobytes()], zmq.DONTWAIT)
            except zmq.Again:
                pass
        for socket in [*raw.values(), *silent]:
            socket.close()


def resident(service):
    """Megabytes that a service holds."""
    with open(f"/proc/{service.process.pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1]) / 1024


def test_slow_and_silent_clients(serve, rows, tmp_path):
    """Others do not notice them: beside a service that is left in peace, searches take no longer.

    p99 is what counts, and is less than twice as long (docs/service-tests.md); that is printed. What is
    checked is the median, since a machine that does other work has its say in the slowest ones.
    """
    quiet, harassed = serve(folder=tmp_path / "quiet"), serve(folder=tmp_path / "harassed")
    times = {quiet: [], harassed: []}
    clients = {service: Client(service.address) for service in times}
    for client in clients.values():
        client.create(range(1000), rows)
    harasser = Harasser(harassed.address, rows)
    harasser.start()
    seconds = figure("SLOW_SECONDS", 20)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number = (number + 1) % 1000
        # A long run leaves the processors to others.
        time.sleep(0.05 if seconds > 60 else 0)
        # In turns, so that what else the machine does falls on both.
        for service, client in clients.items():
            started = time.monotonic()
            assert client.search(rows[number:number + 1])["result"][0, 0, 0] == number
            times[service].append(time.monotonic() - started)
    assert harasser.is_alive()
    harasser.is_over.set()
    harasser.join()
    calm, disturbed = (np.percentile(values, 99) * 1e3 for values in times.values())
    print(f"{harasser.opened} bad connections, {len(times[quiet])} searches, p99 {disturbed:.1f} ms,"
          f" in peace {calm:.1f} ms, {resident(harassed):.0f} MB, in peace {resident(quiet):.0f} MB")
    middle = {service: np.median(values) * 1e3 for service, values in times.items()}
    assert middle[harassed] < 2 * max(middle[quiet], 5), middle
    assert resident(harassed) < resident(quiet) + 200
    for client in clients.values():
        client.close()
    assert harassed.stop(8) == 0


def test_replies_that_nobody_reads(serve, rows):
    """600 MB of them do not fill the memory; who sends much at once and reads gets every reply, or
    after another request what was lost."""
    service = serve()
    with Client(service.address) as client:
        client.create(range(1000), rows)
    header = b'{"requests": ["search"], "dtype": "float32", "shape": [10, 8], "k": 1000}'
    sockets = []
    for number in range(21):
        sockets.append(zmq.Context.instance().socket(zmq.DEALER))
        sockets[-1].setsockopt(zmq.RCVHWM, 1 if number < 20 else 0)
        sockets[-1].connect(service.address)
    for _ in range(250):
        for socket in sockets:
            socket.send_multipart([b"", header, rows[:10]])
    answered, rounds = 0, 0
    while answered < 250:
        if sockets[20].poll(12_000):
            sockets[20].recv_multipart()
            answered += 1
        else:
            # On a slow machine one finds the room taken by those who sleep, until these are given up.
            rounds += 1
            assert rounds < 4, answered
            for _ in range(250 - answered):
                sockets[20].send_multipart([b"", header, rows[:10]])
    with Client(service.address) as client:
        assert client.search(rows[5:6])["result"][0, 0, 0] == 5
    assert resident(service) < 450
    assert any("replies were given up" in line for line in service.lines)
    for socket in sockets:
        socket.close()
    assert service.stop() == 0


def test_a_slow_client_that_keeps_reading(serve, rows):
    """It gets every reply. Longer than 10 s: so long it could be taken for one who sleeps."""
    service = serve()
    with Client(service.address) as client:
        client.create(range(1000), rows)
    header = b'{"requests": ["search"], "dtype": "float32", "shape": [10, 8], "k": 1000}'
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVBUF, 1 << 16)
        socket.connect(service.address)
        for _ in range(300):
            socket.send_multipart([b"", header, rows[:10]])
        for number in range(300):
            assert socket.poll(20_000), number
            socket.recv_multipart()
            time.sleep(0.045)
    assert not any("given up" in line for line in service.lines)


@pytest.mark.parametrize("searchers, writers", [(16, 2), (2, 16)])
def test_neither_searches_nor_changes_starve(serve, rows, searchers, writers):
    """Many search and few write, or the reverse, all without a pause: neither stands still for seconds
    while the other goes on."""
    service = serve()
    with Client(service.address) as client:
        client.create(range(1000), rows)
    begun = time.monotonic()
    seconds = figure("STARVING_SECONDS", 10)
    done = {"search": [0] * (seconds + 60), "change": [0] * (seconds + 60)}
    slowest = {"search": 0.0, "change": 0.0}
    lock = threading.Lock()

    def ask(kind, number):
        turn = 0
        with Client(service.address) as client:
            while (started := time.monotonic()) < begun + seconds:
                turn += 1
                if kind == "search":
                    assert "error" not in client.search(rows[number:number + 1])
                else:
                    id = (turn * 16 + number) % 1000
                    reply = client.change(update=([id], [rows[(id + turn) % 1000]]))
                    assert "error" not in reply, reply
                now = time.monotonic()
                with lock:
                    done[kind][int(now - begun)] += 1
                    slowest[kind] = max(slowest[kind], now - started)

    with concurrent.futures.ThreadPoolExecutor(searchers + writers) as threads:
        asked = [threads.submit(ask, "search", number) for number in range(searchers)]
        asked += [threads.submit(ask, "change", number) for number in range(writers)]
    for one in asked:
        one.result()
    for kind, counts in done.items():
        (other,) = set(done) - {kind}
        # Seconds without any answer at all are the machine's.
        alone = [second for second in range(1, seconds - 1) if done[other][second] and not counts[second]]
        print(f"{searchers} searchers, {writers} writers: {sum(counts)} of {kind}, slowest"
              f" {slowest[kind]:.2f} s, seconds with none but some of {other}: {len(alone)}")
        assert sum(counts) > seconds
        assert not any({second, second + 1, second + 2} <= set(alone) for second in alone), alone
    assert max(slowest.values()) < 10, slowest


def test_an_address_that_is_taken(serve, vicinal, tmp_path):
    refused = vicinal(
        "serve", "--data-dir", tmp_path / "other", "--bind", serve().address, code=74)
    assert "bind" in refused.stderr
