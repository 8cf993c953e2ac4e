"""Settings: their sources, that the page has all of them, and that its examples run."""

import json
import os
import pathlib
import pickle
import re
import subprocess
import time
import zlib

import json_tricks
import numpy as np
import pytest

DOCS = (pathlib.Path(__file__).resolve().parents[2] / "docs/service.md").read_text()


def test_sources(binary, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"data_dir": "from file", "workers": 7, "k": 5}))
    environment = os.environ | {"NB_MATCHING": "20", "VICINAL_METRIC": "ip", "LOG_LEVEL": "ERROR"}
    shown = json.loads(subprocess.run(
        [binary, "serve", "--print-config", "--config", file, "--metric", "cosine"],
        env=environment, check=True, stdout=subprocess.PIPE).stdout)
    assert shown["data-dir"] == {"value": "from file", "source": "file"}
    assert shown["workers"] == {"value": "7", "source": "file"}
    assert shown["k"] == {"value": "20", "source": "environment NB_MATCHING"}
    assert shown["log-level"] == {"value": "ERROR", "source": "environment LOG_LEVEL"}
    assert shown["metric"] == {"value": "cosine", "source": "flag"}
    assert shown["durability"] == {"value": "sync", "source": "default"}
    # The page has each setting with its default.
    table = dict(re.findall(r"^\| .*`--([\w-]+)` \|.*?\| (?:`?([^|`]*)`?) \| [^|]*\|$", DOCS, re.M))
    assert set(table) == set(shown)
    for name in set(shown) - {"data-dir", "metric", "workers", "log-level", "k"}:
        assert table[name] == (shown[name]["value"] or "–"), name


def test_what_cannot_be(vicinal):
    for arguments in ((), ("--data-dir", "x", "--metric", "l3"), ("--data-dir", "x", "-k", "0")):
        vicinal("serve", *arguments, code=64)
    vicinal("serve", "--data-dir", "x", "--config", "/nonexistent/file", code=74)
    for wrong in (("--metric", "l3"), ("--max-request-bytes", 2000, "--max-message-bytes", 3000)):
        shown = vicinal("serve", "--data-dir", "x", "--print-config", *wrong, code=64)
        assert wrong[0].strip("-") in shown.stderr


def test_log_file(serve, tmp_path):
    service = serve("--log-dir", tmp_path / "logs", folder=tmp_path / "a store")
    assert service.stop() == 0
    lines = (tmp_path / "logs/vicinal-serve.log").read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["info"] * 3
    assert "listening" in lines[1] and "stopped" in lines[2]
    assert f'folder="{tmp_path}/a store" ' in lines[0]


@pytest.mark.parametrize("level", ["WARN", "fatal", "20"])
def test_levels_of_python(vicinal, level):
    vicinal("serve", "--data-dir", "x", "--print-config", "--log-level", level)


def test_a_log_file_that_is_rotated(serve, tmp_path):
    service = serve("--log-dir", tmp_path)
    log = tmp_path / "vicinal-serve.log"
    log.rename(tmp_path / "vicinal-serve.log.1")
    time.sleep(1.1)
    assert service.stop() == 0
    assert "listening" in (tmp_path / "vicinal-serve.log.1").read_text()
    assert "stopped" in log.read_text()


def test_the_examples_of_the_page(serve):
    """They run as they stand, but for the port, and each encoding is answered alike."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS, re.S)
    quick, encodings, fast = (
        next(block for block in blocks if word in block)
        for word in ("def ask", "json_tricks.dumps", "send_multipart"))
    names = {"json": json, "json_tricks": json_tricks, "pickle": pickle, "zlib": zlib}
    exec(quick.replace("tcp://127.0.0.1:14000", serve().address), names)
    lines = encodings.splitlines()
    answers = []
    for line in lines:
        if "socket.recv" in line:
            answers.append(np.array(eval(line, names)))
        else:
            exec(line, names)
    assert len(answers) == 4 and all(answer.shape == (2, 1, 10) for answer in answers)
    assert all(answer[:, 0, :2].tolist() == [[1, 10], [0, 1]] for answer in answers)
    names |= {"queries": np.float32([[1, 2], [5, 5]]), "d": 2}
    exec(fast, names)
    assert np.frombuffer(names["ids"], np.int64).reshape(2, 10)[:, :2].tolist() == [[1, 10], [10, 1]]
    # Left to be collected, the context could wait for its socket for ever.
    names["socket"].close()
    names["socket"].context.term()
