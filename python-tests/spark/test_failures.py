"""What goes wrong on a cluster: executors and steps that die, bad data, Ctrl-C, missing parts."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from spark_tools import program, wait_until
from support import save

KEY = ("--index-key=IVF64,Flat", "--metric-type=l2", "--index-param=nprobe=7")


@pytest.fixture
def expected(vicinal, folders, training, tmp_path):
    """The bytes of the index of one machine."""
    vicinal(
        "build-index", "--embeddings", folders["npy"], *KEY, "--trained-index",
        training("IVF64,Flat"), "--index-path", tmp_path / "expected.index", "--index-infos-path",
        tmp_path / "expected.json", "--verbose", 40)
    return (tmp_path / "expected.index").read_bytes()


@pytest.fixture
def arguments(folders, training):
    return [
        "--embeddings", str(folders["npy"]), *KEY, f"--trained-index={training('IVF64,Flat')}",
        "--verbose=20"]


def test_steps_that_die_are_repeated(context, arguments, expected, tmp_path, binary, monkeypatch):
    from vicinal.spark import run_build_index

    # The first attempt of every other task is killed after it has written its file, or before.
    flaky = program(tmp_path / "flaky", f"""
        if [ "$1 $2" = "distributed add" ] && [[ "$3" =~ [02468]$ ]] && mkdir "{tmp_path}/$3"; then
          [[ "$3" =~ [048]$ ]] && {binary} "$@" >/dev/null 2>&1
          kill -9 $$
        fi
        exec {binary} "$@" """)
    monkeypatch.setenv("VICINAL_BINARY", str(flaky))
    run_build_index([
        *arguments, "--vectors-per-task=600", f"--index-path={tmp_path}/knn.index",
        f"--index-infos-path={tmp_path}/infos.json"])
    assert len(list(tmp_path.glob("--number=*"))) == 5
    assert (tmp_path / "knn.index").read_bytes() == expected


def test_a_step_that_always_dies_fails_the_build(
        context, arguments, tmp_path, binary, monkeypatch):
    from vicinal.spark import VicinalError, run_build_index

    broken = program(tmp_path / "broken", f"""
        if [ "$2" = add ]; then echo "error: the disk is on fire" >&2; exit 74; fi
        exec {binary} "$@" """)
    monkeypatch.setenv("VICINAL_BINARY", str(broken))
    with pytest.raises(VicinalError, match="add: the disk is on fire") as caught:
        run_build_index([*arguments, f"--index-path={tmp_path}/knn.index"])
    assert caught.value.code == 74
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


def test_bad_data_is_found_at_once(context, arguments, vectors, tmp_path, monkeypatch):
    from vicinal.spark import VicinalError, build_index

    rows = vectors.copy()
    rows[4321, 3] = np.nan
    save(tmp_path / "x.npy", rows)
    began = time.monotonic()
    with pytest.raises(VicinalError, match=r"row 4321 of .*x\.npy") as caught:
        build_index(
            tmp_path / "x.npy", index_path=tmp_path / "knn.index", verbose=40,
            index_infos_path=tmp_path / "infos.json", index_key="IVF64,Flat", metric_type="l2",
            trained_index=arguments[-2].split("=")[1], vectors_per_task=1500)
    assert caught.value.code == 65 and time.monotonic() - began < 30
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_what_is_asked_for_is_checked_before_spark_starts(vicinal, folders, tmp_path):
    for options in (("--append",), ("--resume",), ("--no-save-on-disk",), ("--vectors-per-task=0",)):
        done = vicinal(
            "build-index", "--embeddings", folders["npy"], "--distributed", "pyspark", *options,
            code=64, cwd=tmp_path)
        assert options[0].split("=")[0] in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_executor_without_the_program_needs_it_shipped(context, tmp_path, binary):
    from vicinal.spark import VicinalError, cluster

    # The driver's own path is tried too; here the driver is another machine.
    alone = cluster.Cluster(context, None, None, print)
    with pytest.raises(VicinalError, match="no program vicinal on the executor") as caught:
        alone.check()
    assert caught.value.code == 69
    alone.ship(str(program(tmp_path / "vicinal", f'exec {binary} "$@"')))
    alone.check()


@pytest.mark.parametrize("missing", ["package", "python"])
def test_what_is_missing_is_said(vicinal, folders, tmp_path, missing):
    # A Python without any packages, or no Python.
    bare = program(tmp_path / "bare", f'exec {sys.executable} -I -S "$@"')
    name = bare if missing == "package" else "no-such-python"
    done = vicinal(
        "build-index", "--embeddings", folders["npy"], "--distributed", "pyspark",
        "--spark-python", name, code=69, cwd=tmp_path)
    wanted = "pip install pyspark" if missing == "package" else "no-such-python"
    assert wanted in done.stderr and done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["bare"]


def test_ctrl_c_ends_the_job_and_leaves_nothing(
        binary, spark_environment, arguments, tmp_path, spark_folder):
    marks = tmp_path / "marks"
    marks.mkdir()
    slow = program(tmp_path / "slow", f"""
        [ "$2" = add ] && touch {marks}/$$ && sleep 60
        exec {binary} "$@" """)
    work = tmp_path / "work"
    work.mkdir()
    process = subprocess.Popen(
        [binary, "build-index", "--distributed", "pyspark", *arguments], cwd=work,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**spark_environment, "VICINAL_BINARY": str(slow)})
    try:
        wait_until(lambda: list(marks.iterdir()))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    assert stdout == "" and list(work.iterdir()) == []


def test_a_child_ends_with_its_parent(binary, tmp_path):
    # As when Spark kills a Python worker: nothing of it can run any more code.
    rows = np.random.default_rng(1).standard_normal((200_000, 64), dtype="f4")
    save(tmp_path / "x.npy", rows)
    parent = subprocess.Popen(
        [sys.executable, "-c", f"""
import sys, time
sys.path.insert(0, {str(pathlib.Path(__file__).resolve().parents[2] / "python")!r})
from vicinal.spark import tasks
child = tasks.start({str(binary)!r}, ["build-index", "--embeddings", "x.npy", "--index-key", "HNSW32"],
                    {str(tmp_path)!r})
print(child.pid, flush=True)
for line in child.stderr:
    if line.startswith("add"):
        print("adds", flush=True)
time.sleep(600)
"""], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert parent.stdout.readline() == "adds\n"
    parent.kill()
    parent.communicate()
    wait_until(lambda: not _runs(child), seconds=15)
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def _runs(number):
    """Whether a process is there, and has not ended without anybody noticing."""
    try:
        status = pathlib.Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_the_infos_say_what_happened(context, arguments, tmp_path):
    from vicinal.spark import run_build_index

    run_build_index([
        *arguments, "--vectors-per-task=2000", f"--index-path={tmp_path}/knn.index",
        f"--index-infos-path={tmp_path}/infos.json"])
    infos = json.loads((tmp_path / "infos.json").read_text())
    assert [step["step"] for step in infos["steps"]] == ["train", "add", "merge", "tune", "write"]
    assert all(step["seconds"] > 0 for step in infos["steps"])
    assert infos["peak memory in bytes"] > 10 << 20
    assert infos["size in bytes"] == os.path.getsize(tmp_path / "knn.index")
    page = (tmp_path / "report.html").read_text()
    assert "IVF64,Flat" in page and "merge" in page


def test_a_master_that_does_not_answer():
    from vicinal.spark.cluster import require_reachable
    from vicinal.spark.errors import VicinalError

    started = time.monotonic()
    with pytest.raises(VicinalError, match="127.0.0.1:1") as caught:
        require_reachable("spark://127.0.0.1:1,nonsense")
    assert caught.value.code == 74 and time.monotonic() - started < 20
    require_reachable("local[2]")
