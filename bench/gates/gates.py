"""Counts the instructions of the main operations and compares them with thresholds.json.

Instructions do not depend on how busy the machine is. Each operation runs twice: by itself, which
prepares it, keeps that in a file and measures recall; then under callgrind with what is in the file.
Exit codes: 0 all within thresholds, 1 one is not, 2 nothing could be measured.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from thresholds import Measured, changes, judged, table, updated

HERE = pathlib.Path(__file__).resolve().parent
THRESHOLDS = HERE / "thresholds.json"
# The function of operations.c during which instructions are counted.
MEASURED = "measured_operation"


class CannotMeasure(Exception):
    """Something is missing; the text says what to do."""


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CannotMeasure(
            f"{' '.join(map(str, command))}\nexited with {done.returncode}:\n"
            f"{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def find_valgrind():
    found = shutil.which("valgrind")
    if found is None:
        raise CannotMeasure("valgrind is not installed, and only it counts instructions; "
                            "on Debian: apt-get install valgrind")
    return found


def environment(kernels):
    """The same for everyone: kernels, one thread, hashes of Swift, and how long the environment is."""
    return {"PATH": os.defpath, "LC_ALL": "C", "VICINAL_KERNELS": kernels, "OPENBLAS_NUM_THREADS": "1",
            "SWIFT_DETERMINISTIC_HASHING": "1"}


def words(text, name):
    """What the program printed behind a name."""
    found = re.search(rf"^{name} (\S+)$", text, re.M)
    if found is None:
        raise CannotMeasure(f"the program printed no {name}:\n{text}")
    return found[1]


def counted(path):
    """Instructions in a file of callgrind."""
    text = path.read_text()
    events, total = (re.search(rf"^{word}: (.+)$", text, re.M) for word in ("events", "summary"))
    if not events or not total or events[1].split()[0] != "Ir":
        raise CannotMeasure(f"{path} holds no count of instructions")
    count = int(total[1].split()[0])
    if count == 0:
        raise CannotMeasure(f"callgrind saw no call of {MEASURED}")
    return count


def measure(name, program, valgrind, kernels, folder):
    """One operation."""
    settings = environment(kernels)
    state, counts = folder / "state", folder / "counts"
    said = run([program, "prepare", name, state], settings)
    recall = float(words(said, "recall"))
    said = run([valgrind, "--tool=callgrind", f"--toggle-collect={MEASURED}",
                f"--callgrind-out-file={counts}", program, "measure", name, state], settings)
    if words(said, "kernels") != kernels:
        raise CannotMeasure(f"kernels were {words(said, 'kernels')} and not {kernels}, of which "
                            "the thresholds are")
    return Measured(counted(counts), recall)


def measure_all(names, program, kernels, repeat):
    """By name. With more than one run each, says how far they are apart and takes the least."""
    valgrind = find_valgrind()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            runs = [measure(name, program, valgrind, kernels, pathlib.Path(folder))
                    for _ in range(repeat)]
            counts = [each.instructions for each in runs]
            found[name] = Measured(min(counts), min(each.recall for each in runs))
            apart = f", runs apart {100 * (max(counts) / min(counts) - 1):.3f} %" if repeat > 1 else ""
            print(f"{name}: {min(counts):,} instructions{apart}", file=sys.stderr, flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="bench/gates/run")
    parser.add_argument("operations", nargs="*", help="only these")
    parser.add_argument("--update", action="store_true", help="write what was measured as thresholds")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the least counts")
    parser.add_argument("--thresholds", type=pathlib.Path, default=THRESHOLDS)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.repeat < 1:
        parser.error("--repeat must be 1 or more")
    thresholds = json.loads(options.thresholds.read_text())
    kernels = thresholds["kernels"]
    known = run([options.program, "list"], environment(kernels)).split()
    if unknown := [name for name in options.operations if name not in known]:
        parser.error(f"no operation is called {', '.join(unknown)}; there are {', '.join(known)}")
    found = measure_all(
        options.operations or known, options.program, kernels, options.repeat)
    if options.update:
        new = updated(found, thresholds, options.operations)
        options.thresholds.write_text(json.dumps(new, indent=2) + "\n")
        print("\n".join(changes(thresholds, new)))
        return 0
    lines = judged(found, thresholds, options.operations)
    print(table(lines))
    failures = sum(line.is_failure for line in lines)
    print(f"{len(lines)} operations, {failures} outside the thresholds")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotMeasure as error:
        print(f"bench/gates: {error}", file=sys.stderr)
        sys.exit(2)
