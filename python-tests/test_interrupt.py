"""Ctrl-C ends a build within seconds, and leaves no file behind that was not there before."""

import signal
import subprocess
import time

import numpy as np
import pytest
from support import save


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Vectors whose graph takes much longer than this test; random ones are the hardest."""
    rows = np.random.default_rng(1).standard_normal((300_000, 64), dtype="f4")
    return save(tmp_path_factory.mktemp("many") / "x.npy", rows)


@pytest.fixture
def start(binary, many, tmp_path):
    """Starts a build in an empty folder; it is ended after the test whatever happens."""
    running = []

    def run(*options):
        running.append(subprocess.Popen(
            [binary, "build-index", "--embeddings", many, *options], cwd=tmp_path,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def wait_for(process, beginning, seconds=40):
    """Reads standard error up to a line that begins like this."""
    limit = time.monotonic() + seconds
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(beginning):
            return
        assert time.monotonic() < limit, lines
    raise AssertionError(f"ended without '{beginning}': {lines}")


def require_clean_end(process, folder, files, within=5):
    """The process ends in time with exit code 130; the folder holds just these files."""
    began = time.monotonic()
    stdout, stderr = process.communicate(timeout=30)
    took = time.monotonic() - began
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert took < within, f"took {took:.1f} s to stop"
    assert sorted(file.name for file in folder.iterdir()) == sorted(files)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_a_graph_grows(start, tmp_path, number):
    process = start("--index-key", "HNSW32", "--metric-type", "l2")
    wait_for(process, "building")
    time.sleep(1)
    process.send_signal(number)
    require_clean_end(process, tmp_path, [])


def test_an_older_index_stays(start, tmp_path):
    for name in ("old.index", "old.json"):
        (tmp_path / name).write_text("precious")
    process = start(
        "--index-key", "HNSW16", "--index-path", "old.index", "--index-infos-path", "old.json")
    wait_for(process, "building")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    require_clean_end(process, tmp_path, ["old.index", "old.json"])
    for name in ("old.index", "old.json"):
        assert (tmp_path / name).read_text() == "precious"


def test_while_cells_are_trained(start, tmp_path):
    process = start("--index-key", "IVF4096,Flat")
    wait_for(process, "k-means")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    require_clean_end(process, tmp_path, [])


def test_while_sample_queries_are_taken(start, tmp_path):
    process = start("--index-key", "IVF256,Flat", "--target-recall", "1")
    wait_for(process, "add:")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    require_clean_end(process, tmp_path, [])


def test_while_parameters_are_tuned(start, tmp_path):
    process = start("--index-key", "IVF256,Flat", "--target-recall", "1", "--make-direct-map")
    wait_for(process, "tune")
    process.send_signal(signal.SIGINT)
    require_clean_end(process, tmp_path, [])


def test_a_second_signal_ends_at_once(start, tmp_path):
    process = start("--index-key", "HNSW32")
    wait_for(process, "building")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    require_clean_end(process, tmp_path, [], within=3)


def test_a_reader_that_goes_away_does_not_end_the_work(binary, tmp_path):
    rows = np.random.default_rng(2).standard_normal((2000, 8), dtype="f4")
    save(tmp_path / "x.npy", rows)
    process = subprocess.Popen(
        [binary, "build-index", "--embeddings", tmp_path / "x.npy", "--index-key", "HNSW8"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process.stdout.readline()
    process.stdout.close()
    # The result cannot be shown to anybody, which is an error; the files are whole.
    assert process.wait(timeout=60) == 74
    assert (tmp_path / "knn.index").stat().st_size > rows.nbytes
    assert (tmp_path / "index_infos.json").exists()


def test_the_largest_size_of_a_file_is_an_error_that_leaves_nothing(binary, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    rows = np.random.default_rng(2).standard_normal((20_000, 64), dtype="f4")
    path = save(tmp_path / "x.npy", rows)
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 100; exec "$@"', "-", binary, "build-index", "--embeddings", path,
         "--index-key", "Flat"], cwd=work, capture_output=True, text=True, timeout=60)
    assert done.returncode == 74, done.stderr
    assert "knn.index" in done.stderr and list(work.iterdir()) == []


def test_what_a_killed_build_leaves_is_removed_by_the_next(start, tmp_path):
    for _ in range(3):
        process = start("--index-key", "Flat")
        limit = time.monotonic() + 40
        while process.poll() is None and time.monotonic() < limit:
            if list(tmp_path.glob(".vicinal-*.partial")):
                process.kill()
        process.communicate()
        if process.returncode < 0:
            break
    else:
        pytest.skip("the file was always written before the signal came")
    assert len(list(tmp_path.glob(".vicinal-*.partial"))) == 1
    start("--index-key", "Flat").communicate()
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["index_infos.json", "index_report.html", "knn.index"]


def test_adding_to_a_graph_is_announced_early(start):
    # The first batch alone is 65,536 vectors; a user wants to see that something happens.
    process = start("--index-key", "HNSW32", "--metric-type", "l2")
    wait_for(process, "building")
    began = time.monotonic()
    wait_for(process, "add")
    assert time.monotonic() - began < 1.5
