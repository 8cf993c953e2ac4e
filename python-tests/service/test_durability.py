"""What was answered is kept, whatever happens to the process, the disk or the client."""

import os
import resource
import signal
import subprocess
import threading
import time

import numpy as np
import pytest
from plain_client import Client, items
from support import figure
from writers import Writer, check, vector



def rounds(serve, folder, count, end):
    service = serve(folder=folder)
    known = [{} for _ in range(3)]
    nexts = [1_000_000 * (place + 1) for place in range(3)]
    answered, starts = 0, []
    for round in range(count):
        writers = [
            Writer(service, nexts[place], known[place], (round, place))
            for place in range(3)]
        for writer in writers:
            writer.start()
        # Longer than a few transactions, and a little different each time.
        time.sleep(0.1 + 0.01 * (round % 7))
        end(service)
        for writer in writers:
            writer.join()
        started = time.monotonic()
        service = serve(folder=folder)
        starts.append(time.monotonic() - started)
        check(service, writers, folder)
        nexts = [writer.next for writer in writers]
        with Client(service.address) as client:
            answered = client.ask({"requests": ["status"]})["result"]["sequence"]
        if round % 100 == 99:
            print(f"{round + 1} ends, {answered} changes", flush=True)
    assert answered > 3 * count, "the writers did not get far enough to be a test"
    print(f"{count} ends, {answered} changes, {sum(map(len, known))} vectors,"
          f" start {np.median(starts):.2f} s, longest {max(starts):.2f} s")


def test_killed_while_writing(serve, tmp_path):
    rounds(serve, tmp_path / "data", figure("KILLS", 25), lambda service: service.kill())


def test_ended_while_writing(serve, tmp_path):
    """SIGTERM: what was taken is answered, and it ends with 0 within 5 seconds."""

    def end(service):
        assert service.stop(5) == 0

    rounds(serve, tmp_path / "data", figure("ENDS", 3), end)


def test_sent_three_times(serve):
    """A client that gives up and sends again on a new socket: applied once, the same answer."""
    service = serve()
    with Client(service.address) as client:
        client.create([0], [vector(0)])
    for id in range(1, figure("RESENDS", 50) + 1):
        request = {"requests": ["add"], "add": items([id], [vector(id)])}
        if id % 2:
            request["request_id"] = f"add {id}"
        replies = []
        for _ in range(3):
            with Client(service.address) as client:
                replies.append(client.ask(request))
        assert "error" not in replies[0], replies[0]
        assert replies[0] == replies[1] == replies[2]
        assert replies[0]["result"]["sequence"] == id + 1
    # Three at once on three sockets, none waiting for the answer of another.
    replies = []

    def send(request):
        with Client(service.address) as client:
            replies.append(client.ask(request))

    for id in range(1_000_000, 1_000_010):
        replies.clear()
        request = {"requests": ["add"], "add": items([id], [vector(id)])}
        threads = [threading.Thread(target=send, args=(request,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(replies) == 3 and replies[0] == replies[1] == replies[2], replies


def test_added_and_deleted_again_and_again(serve):
    """The same bytes with other changes between them are meant each time."""
    with Client(serve().address) as client:
        client.create([0], [vector(0)])
        for _ in range(5):
            assert client.change((([1], [vector(1)])))["result"]["added"] == 1
            assert client.change(delete=[1])["result"]["deleted"] == 1
        assert client.ask({"requests": ["status"]})["result"]["count"] == 1


def test_full_disk(serve):
    """No room: an error, nothing half-done, searches go on; with room again, all is well."""
    limit = 600_000

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    service = serve(preexec=limited)
    with Client(service.address) as client:
        client.create(range(100), [vector(id) for id in range(100)])
        refused = 0
        kept = 100
        for first in range(100, 20_000, 200):
            ids = range(first, first + 200)
            reply = client.change((ids, [vector(id) for id in ids]))
            if "error" in reply:
                assert reply["error"]["code"] == "storage_failed", reply
                refused += 1
                if refused == 3:
                    break
            else:
                kept += 200
            found = client.search([vector(5)])["result"]
            assert found[0, 0, 0] == 5
        assert refused == 3
        assert client.ask({"requests": ["status"]})["result"]["count"] == kept
        resource.prlimit(
            service.process.pid, resource.RLIMIT_FSIZE,
            (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert client.change((([90_000], [vector(1)])))["result"]["added"] == 1
        assert client.ask({"requests": ["status"]})["result"]["count"] == kept + 1


@pytest.fixture
def small_disk(binary, tmp_path):
    """Makes a folder, and a program that serves from a small disk there, which nobody else sees.

    The disk is reached by the service's own root, /proc/<pid>/root.
    """

    def make(size):
        folder = tmp_path / f"disk-{size}"
        folder.mkdir()
        if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", folder],
                          stderr=subprocess.DEVNULL).returncode:
            pytest.skip("disks cannot be mounted here")
        program = tmp_path / f"program-{size}"
        program.write_text(
            "#!/bin/sh\nexec unshare --mount sh -c "
            f"'mount -t tmpfs -o size={size} none {folder} && exec {binary} \"$@\"' sh \"$@\"\n")
        program.chmod(0o755)
        return folder, program

    return make


def test_full_disks_of_growing_sizes(serve, small_disk):
    """Whatever is being written when the room ends: errors, searches, and all is well with more room."""
    sizes = figure("DISKS", 10)
    refusals = 0
    for number in range(sizes):
        # From what the empty store needs to what merges and snapshots need.
        size = 250_000 + number * 6_000_000 // sizes
        folder, program = small_disk(size)
        service = serve(
            "--index", "IVF4,Flat", "--merge-vectors", "1500", folder=folder, program=program,
            may_end=True)
        if service.address is None:
            # There was no room for an empty store: that is said, and not tried again and again.
            assert service.process.wait(5) in (65, 74) and "store" in "".join(service.lines)
            continue
        known, refused = {}, 0
        with Client(service.address) as client:
            for first in range(0, 1_000_000, 400):
                added = {id: 0 for id in range(first, first + 400)}
                reply = client.change((added, [vector(id) for id in added]))
                if "error" in reply:
                    assert reply["error"]["code"] == "storage_failed", (size, reply)
                    refused += 1
                else:
                    known |= added
                if known:
                    found = client.search([vector(next(iter(known)))])["result"]
                    assert found[1, 0, 0] == 0, size
                if refused == 3:
                    break
            status = client.ask({"requests": ["status"]})["result"]
            assert status["count"] == len(known), size
            refusals += refused
            subprocess.run(
                ["nsenter", "--mount", "--target", str(service.process.pid), "mount", "-o",
                 "remount,size=64m", "none", folder], check=True)
            reply = client.change(([5_000_000], [vector(1)]))
            assert "error" not in reply, (size, reply)
            assert client.ask({"requests": ["snapshot"]})["result"]["sequence"] > 0
            ids = sorted(known)[:: max(1, len(known) // 50)]
            request = {"requests": ["search"], "search": [vector(id) for id in ids], "k": 1,
                       "parameters": {"nprobe": 4}}
            if ids:
                assert client.ask(request)["result"][0, :, 0].tolist() == ids, size
        assert service.stop() == 0
    print(f"{sizes} disks, {refusals} refusals")
    assert refusals >= 3


def test_a_deletion_on_a_full_disk(serve, small_disk):
    """Snapshots make room for it: the store has everything."""
    folder, program = small_disk("3m")
    service = serve(folder=folder, program=program)
    with Client(service.address) as client:
        client.create(range(2_000), [vector(id) for id in range(2_000)])
        assert client.ask({"requests": ["snapshot"]})["result"] == {"sequence": 1}
        there = f"/proc/{service.process.pid}/root{folder}"
        assert os.listdir(there + "/snapshots")
        with open(there + "/filler", "wb", buffering=0) as filler:
            with pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(bytes(4096))
        # Additions are not worth a snapshot.
        reply = client.change(([5_000], [vector(1)]))
        assert reply["error"]["code"] == "storage_failed" and os.listdir(there + "/snapshots")
        assert client.search([vector(5)])["result"][0, 0, 0] == 5
        assert client.change(delete=range(5, 10))["result"]["deleted"] == 5
        until = time.monotonic() + 10
        while not any("make room" in line for line in service.lines):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert os.listdir(there + "/snapshots") == []
        assert client.search([vector(5)])["result"][0, 0, 0] != 5
        assert client.change(([5_000], [vector(1)]))["result"]["added"] == 1
        os.remove(there + "/filler")
        assert client.ask({"requests": ["snapshot"]})["result"] == {"sequence": 3}
        assert os.listdir(there + "/snapshots")
        assert client.ask({"requests": ["status"]})["result"]["count"] == 1_996
    assert service.stop() == 0


def test_one_owner(serve, vicinal, tmp_path):
    serve(folder=tmp_path / "data")
    refused = vicinal(
        "serve", "--data-dir", tmp_path / "data", "--bind", "tcp://127.0.0.1:*", code=74)
    assert "in use" in refused.stderr


@pytest.mark.parametrize("damage", ["garbage", "folder", "page"])
def test_damaged_store(serve, vicinal, tmp_path, damage):
    """A store that cannot be read ends the start with an error, not with a loop or a wrong answer."""
    folder = tmp_path / "data"
    service = serve(folder=folder)
    with Client(service.address) as client:
        client.create(range(500), [vector(id) for id in range(500)])
    assert service.stop() == 0
    path = folder / "vectors.sqlite"
    # The log, if it is there, would bring everything back.
    for name in ("vectors.sqlite-wal", "vectors.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    if damage == "garbage":
        path.write_bytes(np.random.default_rng(1).bytes(50_000))
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        data = bytearray(path.read_bytes())
        data[4096:] = bytes(len(data) - 4096)
        path.write_bytes(data)
    refused = vicinal("serve", "--data-dir", folder, "--bind", "tcp://127.0.0.1:*", code=65)
    assert "store" in refused.stderr


def test_left_over_files(serve, tmp_path):
    """What a crash may leave in the folder does not hinder the start."""
    folder = tmp_path / "data"
    service = serve(folder=folder)
    with Client(service.address) as client:
        client.create([1], [vector(1)])
    service.kill()
    (folder / "vectors.sqlite-shm").unlink(missing_ok=True)
    (folder / "vectors.sqlite.tmp").write_bytes(b"")
    with Client(serve(folder=folder).address) as client:
        assert client.search([vector(1)])["result"][1, 0, 0] == 0


def test_signal_to_the_group(serve):
    """Ctrl-C in a terminal ends it in order too."""
    service = serve()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(5) == 0
    assert any("stopped" in line for line in service.lines)
