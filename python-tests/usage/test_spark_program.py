"""The Python program behind --distributed pyspark, without Spark: interrupted, and with nowhere to print."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import textwrap
import time

import pytest
from support import clustered, save

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python"


@pytest.fixture
def environment(binary, tmp_path):
    """A pyspark that waits for its master for ever, and reports what interrupts it as py4j does."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/pyspark.py").write_text(textwrap.dedent("""
        import logging, pathlib, time

        class SparkConf:
            def setAppName(self, name): return self
            def setMaster(self, master):
                self.master = master
                return self
            def contains(self, key): return True
            def get(self, key): return self.master

        class SparkContext:
            _active_spark_context = None

            def __init__(self, conf):
                pathlib.Path("waiting").touch()
                try:
                    time.sleep(60)
                except BaseException:
                    logging.exception("KeyboardInterrupt while sending command.")
                    raise
        """))
    return {
        **os.environ, "VICINAL_BINARY": str(binary), "VICINAL_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "modules"), str(PACKAGE)])}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("reaches", ["command", "all"])
def test_a_master_that_never_answers_can_be_given_up(
    binary, environment, tmp_path, number, reaches
):
    save(tmp_path / "x.npy", clustered(50, 4, seed=1))
    # It takes connections, and that is all.
    silent = socket.create_server(("127.0.0.1", 0))
    process = subprocess.Popen(
        [binary, "build-index", "--embeddings", "x.npy", "--distributed", "pyspark",
         "--spark-master", f"spark://127.0.0.1:{silent.getsockname()[1]}"], cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True)
    limit = time.monotonic() + 30
    while not (tmp_path / "waiting").exists():
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.05)
    # A terminal sends it to all processes in front.
    if reaches == "all":
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, said = process.communicate(timeout=30)
    silent.close()
    assert process.returncode == 130, said
    assert output == "" and "Traceback" not in said and "while sending" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["modules", "waiting", "x.npy"]


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_result_that_cannot_be_printed_is_an_error():
    code = "import sys; from vicinal.spark.__main__ import _show; sys.exit(_show('x' * 99))"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(PACKAGE)}, timeout=30)
    assert done.returncode == 74
    assert done.stderr.startswith("error: cannot write") and len(done.stderr.splitlines()) == 1
