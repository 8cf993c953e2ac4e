"""Fixtures: services that run while a test does."""

import pathlib
import re
import signal
import subprocess
import threading

import pytest
import zmq

# Sockets of tests: what is left unsent when one fails keeps nobody from ending; a reply that never comes
# is an error, and so is a request that no peer takes, since its handshake was refused.
zmq.Context.instance().setsockopt(zmq.LINGER, 0)
zmq.Context.instance().setsockopt(zmq.RCVTIMEO, 60_000)
zmq.Context.instance().setsockopt(zmq.SNDTIMEO, 60_000)


class Service:
    """A running `vicinal serve` on a port of its own."""

    def __init__(self, binary, folder, *options, preexec=None, environment=None):
        bind = () if "--bind" in options else ("--bind", "tcp://127.0.0.1:*")
        self.process = subprocess.Popen(
            [binary, "serve", "--data-dir", folder, *bind, *options],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, preexec_fn=preexec,
            env=environment)
        self.lines = []
        self.address = None
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(r"listening addresses=(\S+)", line):
                self.address = found[1]
                break
        # The pipe must not fill while the service runs.
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def kill(self):
        """What a crash of the machine's memory would do."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=5):
        """Asks it to end and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)


@pytest.fixture
def serve(binary, tmp_path):
    """Starts services; they end with the test."""
    services = []

    def start(*options, folder=None, may_end=False, program=None, **settings):
        """`may_end`: it may be told to end before it listens; then it has no address.

        `program` becomes the service in the end.
        """
        service = Service(
            program or binary, pathlib.Path(folder or tmp_path / "data"), *options, **settings)
        services.append(service)
        assert service.address or may_end, "".join(service.lines)
        return service

    yield start
    for service in services:
        if service.process.poll() is None:
            service.kill()
