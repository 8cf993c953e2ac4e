"""Spark's local mode in this process, a standalone cluster on loopback, and vectors in files."""

import contextlib
import dataclasses
import importlib.util
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet
from support import clustered, save

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGE))

DIMENSION = 24
SIZES = (1999, 2003, 1001)

# Small processes, nothing that listens on other interfaces, no pages.
SETTINGS = """\
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.memory 512m
spark.executor.memory 512m
spark.ui.enabled false
spark.ui.showConsoleProgress false
"""


@pytest.fixture(scope="session")
def spark_folder():
    """Where pyspark lies; tests that need it are skipped without it or without Java."""
    found = importlib.util.find_spec("pyspark")
    if found is None:
        pytest.skip("pyspark is not installed: run scripts/setup")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("there is no Java, which Spark runs on: run scripts/setup")
    return pathlib.Path(found.origin).parent


@pytest.fixture(scope="session")
def spark_environment(spark_folder, binary, tmp_path_factory):
    """The environment in which Spark's processes find each other, and `vicinal` finds Spark."""
    conf = tmp_path_factory.mktemp("conf")
    (conf / "spark-defaults.conf").write_text(SETTINGS)
    before = os.environ.get("PYTHONPATH")
    added = {
        "SPARK_HOME": str(spark_folder), "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable, "VICINAL_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(PACKAGE), before))),
        "SPARK_NO_DAEMONIZE": "1",
    }
    return {**os.environ, **added}


@pytest.fixture(scope="session")
def context(spark_environment, binary):
    """Spark's local mode with two tasks at a time, in this process."""
    from pyspark import SparkContext

    before = dict(os.environ)
    # Executors are told by the driver where the program is.
    os.environ.pop("VICINAL_BINARY", None)
    os.environ.update(spark_environment)
    made = SparkContext("local[2,4]", "vicinal tests")
    made.setLogLevel("ERROR")
    os.environ["VICINAL_BINARY"] = str(binary)
    yield made
    made.stop()
    os.environ.clear()
    os.environ.update(before)


@dataclasses.dataclass
class Standalone:
    """A master and two workers, each a process."""

    master: str
    workers: list

    def executors(self):
        """The process numbers of the executors that our workers started."""
        workers = {worker.pid for worker in self.workers}
        found = []
        for place in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (place / "cmdline").read_bytes().split(b"\0")
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                is_executor = any(b"CoarseGrainedExecutorBackend" in word for word in words)
                if is_executor and parent in workers:
                    found.append(int(place.name))
        return found

    def kill_an_executor(self):
        """Kills one of them, so that it can say nothing, and returns its process number."""
        number = self.executors()[0]
        os.kill(number, signal.SIGKILL)
        return number


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def standalone(spark_folder, spark_environment, tmp_path_factory):
    """A standalone cluster of two workers on loopback."""
    folder = tmp_path_factory.mktemp("cluster")
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    processes, logs = [], []
    # Executors do not have our package.
    bare = {**spark_environment, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}

    def start(name, *arguments):
        logs.append(folder / f"{name}.log")
        with logs[-1].open("w") as log:
            processes.append(subprocess.Popen(
                [spark_folder / "bin/spark-class", *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=folder,
                env={**bare, "SPARK_WORKER_DIR": str(folder),
                     "SPARK_DAEMON_MEMORY": "256m"}))

    deploy = "org.apache.spark.deploy"
    try:
        start("master", f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", str(free_port()))
        for number in range(2):
            start(f"worker{number}", f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                  "--memory", "1g", "--webui-port", str(free_port()), master)
        limit = time.monotonic() + 60
        while not all("registered with master" in log.read_text() for log in logs[1:]):
            assert time.monotonic() < limit, "\n".join(log.read_text()[-2000:] for log in logs)
            assert all(process.poll() is None for process in processes)
            time.sleep(0.1)
        yield Standalone(master, processes[1:])
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def vectors():
    """All vectors, in the order of the files."""
    return clustered(sum(SIZES), DIMENSION, seed=7)


@pytest.fixture(scope="session")
def queries():
    return clustered(50, DIMENSION, seed=7, part=1)


@pytest.fixture(scope="session")
def folders(vectors, tmp_path_factory):
    """The vectors as .npy files, and as parquet files with ids, in a few row groups each."""
    folder = tmp_path_factory.mktemp("embeddings")
    first = 0
    for kind in ("npy", "parquet"):
        (folder / kind).mkdir()
    for number, size in enumerate(SIZES):
        rows = vectors[first:first + size]
        save(folder / f"npy/{number}.npy", rows)
        table = arrow.table({
            "url": [f"u{row}" for row in range(first, first + size)], "embedding": list(rows),
            "even": np.arange(first, first + size) % 2 == 0})
        parquet.write_table(table, folder / f"parquet/{number}.parquet", row_group_size=700)
        first += size
    return {kind: folder / kind for kind in ("npy", "parquet")}


@pytest.fixture(scope="session")
def distributed(binary, spark_environment):
    """Runs a build of the command on Spark and requires an exit code; None is any."""

    def run(*arguments, code=0, cwd=None, subcommand="build-index", **environment):
        done = subprocess.run(
            [binary, subcommand, "--distributed", "pyspark", *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, cwd=cwd,
            env={**spark_environment, **environment})
        if code is not None:
            assert done.returncode == code, f"{done.returncode}\n{done.stdout}{done.stderr[-4000:]}"
        return done

    return run


@pytest.fixture(scope="session")
def training(vicinal, folders, tmp_path_factory):
    """The path of a trained index without vectors, trained once for each key."""
    made = {}

    def path(key, metric="l2"):
        if (key, metric) not in made:
            folder = tmp_path_factory.mktemp("training")
            vicinal(
                "distributed", "train", "--scratch", folder, "--embeddings", folders["npy"],
                "--index-key", key, "--metric-type", metric, "--distributed", "pyspark",
                "--verbose", 40, cwd=folder)
            made[key, metric] = folder / "trained.index"
        return made[key, metric]

    return path
