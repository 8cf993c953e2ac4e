"""A result that does not reach standard output is an error, for every command."""

import os
import pathlib
import subprocess

import pytest
from support import clustered, save

# Writing to it fails as on a full disk; opening it for writing changes nothing.
FULL = "/dev/full"

needs_full = pytest.mark.skipif(not pathlib.Path(FULL).exists(), reason="there is no /dev/full")


@pytest.fixture(scope="module")
def place(build, tmp_path_factory):
    """A folder with vectors, some of them again as queries, and an index of them."""
    folder = tmp_path_factory.mktemp("place")
    rows = clustered(300, 8, seed=1)
    save(folder / "x.npy", rows)
    save(folder / "q.npy", rows[:3])
    (folder / "p").mkdir()
    save(folder / "p/x.npy", rows)
    build(folder / "x.npy", folder / "x.index", "--index-key", "Flat")
    return folder


DATA = ("--embeddings", "x.npy")
COMMANDS = {
    "build-index": ("build-index", *DATA, "--index-key", "Flat", "--index-path", "new.index"),
    "partitions": ("build-partitioned-indexes", "--partitions", "p", "--output-root-dir", "out",
                   "--index-key", "Flat"),
    "plan": ("plan", *DATA, "--selection", "table"),
    "tune-index": ("tune-index", "--index-path", "x.index"),
    "score-index": ("score-index", "--index-path", "x.index", *DATA),
    "search": ("search", "--index-path", "x.index", "--queries", "q.npy"),
    "describe": ("describe", "x.index"),
}


def require_failure(done):
    assert done.returncode == 74, done.stderr
    assert "standard output" in done.stderr and "error:" in done.stderr


@needs_full
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_an_error(binary, place, name, json):
    with open(FULL, "w") as full:
        done = subprocess.run(
            [binary, *COMMANDS[name], *json], cwd=place, stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=60)
    require_failure(done)


@needs_full
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_is_a_result_too(binary, option):
    with open(FULL, "w") as full:
        done = subprocess.run(
            [binary, option], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    require_failure(done)
    assert subprocess.run(
        [binary, option], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def closed(binary, place, *arguments, streams=">&-"):
    """Runs the command as a shell does that has closed streams for it."""
    return subprocess.run(
        ["bash", "-c", f'"$@" {streams}', "-", binary, *arguments], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=60)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_closed_stream_is_an_error(binary, place, name):
    require_failure(closed(binary, place, *COMMANDS[name]))


def test_files_are_whole_where_streams_are_closed(binary, build, place, tmp_path):
    # The file of the index would be opened in the place of a closed stream, and written to by it.
    arguments = COMMANDS["build-index"][:-1]
    for number, streams in enumerate((">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-")):
        path = tmp_path / f"{number}.index"
        done = closed(binary, place, *arguments, path, streams=streams)
        assert done.returncode == (74 if ">&-" in streams.replace("2>&-", "") else 0)
        assert path.read_bytes() == (place / "x.index").read_bytes()
    assert os.listdir(tmp_path) and not [name for name in os.listdir(tmp_path) if "partial" in name]
