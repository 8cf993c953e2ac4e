"""`vicinal client` against a running service."""

import json
import re

import numpy as np
import pytest
from support import save


def test_every_command(vicinal, serve, tmp_path):
    rows = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    address = ("--address", serve().address)
    files = {name: save(tmp_path / f"{name}.npy", part) for name, part in (
        ("first", rows[:40]), ("more", rows[40:50]), ("new", rows[50:52]), ("query", rows[[50, 45]]))}

    def client(command, *arguments, **settings):
        return vicinal("client", command, *address, *arguments, **settings)

    assert "40 vectors, sequence 1" in client("create", "--vectors", files["first"]).stdout
    assert "10 vectors" in client("add", "--vectors", files["more"], "--first-id", 40).stdout
    assert "2 vectors" in client("update", "--vectors", files["new"], "--first-id", 7).stdout
    assert "1 deleted, 1 were not there" in client("delete", "--ids", 0, 99).stdout
    found = client("search", "--queries", files["query"], "-k", 3).stdout.splitlines()
    assert [re.match(r"query (\d): (\d+) \(0.0\), \d+ ", line).groups() for line in found] == [
        ("0", "7"), ("1", "45")]
    status = json.loads(client("status").stdout)
    assert status["count"] == 49 and status["sequence"] == 4
    assert "duplicate_id" in client("add", "--vectors", files["more"], code=65).stderr
    assert "unknown_id" in client(
        "update", "--vectors", files["more"], "--first-id", 1000, code=65).stderr


def test_ids_of_a_file_filters_and_changes_at_once(vicinal, serve, tmp_path):
    rows = np.random.default_rng(2).normal(size=(60, 5)).astype(np.float32)
    ids = np.random.default_rng(3).choice(10**12, 60, replace=False)
    address = ("--address", serve().address)
    save(tmp_path / "rows.npy", rows[:40])
    save(tmp_path / "ids.npy", ids[:40])
    save(tmp_path / "query.npy", rows[:1])

    def client(command, *arguments, **settings):
        return vicinal("client", command, *address, *arguments, cwd=tmp_path, **settings)

    def found(*arguments):
        line = client("search", "--queries", "query.npy", "-k", 60, *arguments).stdout
        return {int(id) for id in re.findall(r"(\d+) \(", line.partition(":")[2])}

    assert "40 vectors" in client("create", "--vectors", "rows.npy", "--ids", "ids.npy").stdout
    assert found() == set(ids[:40])
    wanted = sorted(ids[:40])
    assert found("--filter-ids", *wanted[3:5]) == set(wanted[3:5])
    assert found("--filter-range", f"{wanted[5]}:{wanted[9]}") == set(wanted[5:9])
    assert found("--filter-range", f"{wanted[5]}:") == set(wanted[5:])
    assert found("--filter-range", f"{wanted[5]}:{wanted[5]}") == set()
    assert found(f"--filter-ids={wanted[1]},-7,{wanted[2]}") == set(wanted[1:3])
    assert found("--filter-range=-10:0") == set()
    for parts, values, name in ((slice(40, 50), rows[40:50], "add"), (slice(0, 3), rows[50:53], "update")):
        save(tmp_path / f"{name}.npy", values)
        save(tmp_path / f"{name}-ids.npy", ids[parts])
    done = client(
        "change", "--add", "add.npy", "--add-ids", "add-ids.npy", "--update", "update.npy",
        "--update-ids", "update-ids.npy", f"--delete={ids[5]},-7")
    assert done.stdout.startswith("10 added, 3 updated, 1 deleted, 1 were not there, sequence 2")
    # All or none.
    client("change", "--add", "add.npy", "--add-ids", "add-ids.npy", "--delete", ids[6], code=65)
    assert found() == set(ids[:50]) - {ids[5]}
    for wrong in (("create", "--vectors", "rows.npy", "--ids", "add-ids.npy"),
                  ("add", "--vectors", "rows.npy", "--ids", "ids.npy", "--first-id", 4),
                  ("change", "--add", "add.npy"), ("change", "--update-ids", "ids.npy"), ("change",),
                  ("search", "--queries", "query.npy", "--filter-range", "9:3"),
                  ("search", "--queries", "query.npy", "--filter-range", "3:9", "--filter-ids", 3)):
        client(*wrong, code=64)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense"])
def test_no_service(vicinal, address):
    refused = vicinal("client", "status", "--address", address, "--timeout", "0.2", code=74)
    assert address in refused.stderr


def test_top(vicinal, serve):
    shown = vicinal("top", "--address", serve().address, "--looks", 2, "--interval", 0.2).stdout
    lines = shown.splitlines()
    assert len(lines) == 12 and "Flat, l2, durability sync" in lines[0]
    assert "searches  0   0.0/s" in lines[8]
    assert "changes   0   0.0/s" in lines[9]
