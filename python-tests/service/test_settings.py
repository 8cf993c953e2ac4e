"""Settings: their sources, and that the page has all of them."""

import json
import os
import pathlib
import re
import subprocess

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


def test_log_file(serve, tmp_path):
    service = serve("--log-dir", tmp_path / "logs")
    assert service.stop() == 0
    lines = (tmp_path / "logs/vicinal-serve.log").read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["info"] * 3
    assert "listening" in lines[1] and "stopped" in lines[2]
