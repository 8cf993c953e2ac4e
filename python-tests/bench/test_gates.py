"""bench/gates: what passes, what fails, and what is written. Nothing is counted here: stand-ins play
valgrind and the program."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

GATES = pathlib.Path(__file__).resolve().parent.parent.parent / "bench/gates"
sys.path.append(str(GATES))

import thresholds  # noqa: E402
from thresholds import Measured  # noqa: E402

LIMITS = {
    "kernels": "avx2", "allowed_percent": 3, "recall_margin": 0.005,
    "operations": {"search": {"instructions": 1000, "recall": 0.9}}}


def verdict(instructions, recall):
    [line] = thresholds.judged({"search": Measured(instructions, recall)}, LIMITS)
    return line


@pytest.mark.parametrize("instructions", [971, 1000, 1029])
def test_counts_near_the_threshold_pass(instructions):
    line = verdict(instructions, 0.9)
    assert (line.is_failure, line.verdict) == (False, "ok")


def test_a_count_too_high_fails():
    line = verdict(1031, 0.99)
    assert line.is_failure and "more than 3 %" in line.verdict
    assert line.difference == pytest.approx(3.1)


def test_a_recall_below_its_floor_fails_however_few_the_instructions():
    line = verdict(500, 0.899)
    assert line.is_failure and "recall" in line.verdict


def test_much_less_is_told_and_passes():
    line = verdict(960, 0.95)
    assert not line.is_failure and "--update" in line.verdict


def test_operations_and_thresholds_must_belong_together():
    lines = thresholds.judged({"other": Measured(1, 1)}, LIMITS)
    assert [(line.name, line.is_failure) for line in lines] == [("other", True), ("search", True)]
    # Of those not chosen nothing is said.
    lines = thresholds.judged({"other": Measured(1, 1)}, LIMITS, ["other"])
    assert [line.name for line in lines] == ["other"]


def test_the_table_shows_everything():
    text = thresholds.table([verdict(1031, 0.8)])
    for word in ("search", "1,031", "1,000", "+3.10 %", "0.8000", "0.900", "FAILS"):
        assert word in text


def test_an_update_passes_its_own_comparison_and_keeps_what_was_not_chosen():
    found = {"new": Measured(7, 0.8765), "exact": Measured(8, 1.0)}
    new = thresholds.updated(found, LIMITS, ["new", "exact"])
    assert new["operations"] == {
        "search": {"instructions": 1000, "recall": 0.9},
        "new": {"instructions": 7, "recall": 0.871}, "exact": {"instructions": 8, "recall": 1.0}}
    assert not any(line.is_failure for line in thresholds.judged(found, new, ["new", "exact"]))
    assert list(thresholds.updated(found, LIMITS)["operations"]) == ["new", "exact"]
    assert list(thresholds.changes(LIMITS, thresholds.updated({"search": Measured(900, 0.9)}, LIMITS))) == [
        "search: 1,000 -> 900 instructions (-10.00 %), recall 0.900 -> 0.895"]


def test_the_thresholds_of_the_repository_are_whole():
    limits = json.loads((GATES / "thresholds.json").read_text())
    assert limits["kernels"] == "avx2" and 0 < limits["allowed_percent"] <= 3
    assert len(limits["operations"]) >= 10
    for each in limits["operations"].values():
        assert each["instructions"] > 10_000_000 and 0.5 < each["recall"] <= 1


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def gates(tmp_path):
    """Runs gates.py with a program whose one operation takes 1000 instructions and finds 0.95."""
    program = script(tmp_path / "program", 'case $1 in list) echo search;;\n'
                     'prepare) echo kernels avx2; echo recall 0.95;;\nmeasure) echo kernels $VICINAL_KERNELS;; esac')
    folder = tmp_path / "bin"
    folder.mkdir()
    # Its third argument is --callgrind-out-file=…, and behind it the program.
    script(folder / "valgrind", 'printf "events: Ir\\nsummary: 1000\\n" > "${3#*=}"; shift 3; exec "$@"')

    def run(limits, *arguments, path=folder):
        file = tmp_path / "thresholds.json"
        file.write_text(json.dumps(limits))
        done = subprocess.run(
            [sys.executable, GATES / "gates.py", "--program", program, "--thresholds", file, *arguments],
            env={"PATH": str(path)}, capture_output=True, text=True)
        return done, json.loads(file.read_text())

    return run


def limits(instructions=1000, recall=0.9, kernels="avx2"):
    return {**LIMITS, "kernels": kernels,
            "operations": {"search": {"instructions": instructions, "recall": recall}}}


def test_exit_codes(gates):
    assert gates(limits())[0].returncode == 0
    for changed in (limits(instructions=900), limits(recall=0.96)):
        done, _ = gates(changed)
        assert done.returncode == 1 and "FAILS" in done.stdout


def test_an_update_is_written_and_told(gates):
    done, written = gates(limits(instructions=900), "--update")
    assert done.returncode == 0 and "900 -> 1,000 instructions (+11.11 %)" in done.stdout
    assert written["operations"]["search"] == {"instructions": 1000, "recall": 0.945}


def test_what_cannot_be_measured_is_told(gates, tmp_path):
    done, _ = gates(limits(), path=tmp_path / "nothing")
    assert done.returncode == 2 and "valgrind is not installed" in done.stderr
    done, _ = gates(limits(), "nonsense")
    assert done.returncode == 2 and "no operation is called nonsense; there are search" in done.stderr


def test_the_script_says_that_valgrind_is_missing(tmp_path):
    (tmp_path / "dirname").symlink_to(shutil.which("dirname"))
    done = subprocess.run(
        [GATES / "run"], env={"PATH": str(tmp_path), "VICINAL_LIBRARY": os.devnull}, capture_output=True,
        text=True)
    assert done.returncode == 2 and "valgrind is not installed" in done.stderr
