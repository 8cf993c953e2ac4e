"""The files in deploy: what can be said of them without a container engine or a running systemd."""

import re
import shutil
import subprocess

import pytest

from support import ROOT

UNIT = ROOT / "deploy/vicinal.service"
DOCKERFILE = ROOT / "deploy/Dockerfile"


def test_systemd_takes_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    # The program need not be installed here.
    text = UNIT.read_text().replace("/usr/local/bin/vicinal", "/bin/true")
    unit = tmp_path / "vicinal.service"
    unit.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    mine = [line for line in done.stderr.splitlines() if "vicinal.service" in line]
    assert done.returncode == 0 and not mine, done.stderr


def test_settings_in_the_files_exist(vicinal):
    shown = vicinal("serve", "--data-dir", "x", "--print-config").stdout
    options = set(re.findall(r"--([a-z-]+)", UNIT.read_text().split("ExecStart=")[1].split("\n")[0]))
    names = set(re.findall(r"VICINAL_[A-Z_]+", DOCKERFILE.read_text() + UNIT.read_text()))
    assert options == {"data-dir"} and names
    for name in names:
        assert name.removeprefix("VICINAL_").lower().replace("_", "-") in shown.replace("_", "-"), name


def test_the_image_has_what_setup_installs_and_the_program_links():
    text = DOCKERFILE.read_text()
    wanted = set(re.findall(r"(lib\w+-dev|zlib1g-dev)", (ROOT / "scripts/setup").read_text()))
    assert wanted and all(name in text for name in wanted)
    assert re.search(r"^USER vicinal$", text, re.M) and "HEALTHCHECK" in text
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M)
    # What only a build leaves behind is not there in a clean clone.
    for name in " ".join(copied).split():
        done = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "--", name], capture_output=True, text=True)
        assert done.stdout or done.returncode and list(ROOT.glob(name)), name
    # What is not sent to the engine cannot be copied.
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not set(ignored) & set(" ".join(copied).split())
