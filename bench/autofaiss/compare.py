"""Vicinal and AutoFaiss build from the same files with the same bounds, one after the other.

Both indexes are judged alike: held-out queries, exact neighbours of faiss's Flat in the right
metric, single queries on one thread in faiss; ours in its own engine too. A build runs as a child
whose CPU time and peak memory the system reports. Output: a table (Markdown) and, with --json,
everything.
"""

import argparse
import functools
import json
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time

import faiss
import numpy as np
from judge import RECALL_K, judge, truth
from rows import ROWS, prepare

HERE = pathlib.Path(__file__).resolve().parent
UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def bytes_of(text):
    """A memory string in bytes."""
    number, unit = re.fullmatch(r"([\d.]+)([BKMG]?)B?", text).groups()
    return int(float(number) * UNITS[unit])


class Failed(Exception):
    """A build that gave no index; its text says why."""


def run_child(arguments, limit, cwd):
    """Runs a command; returns its standard output, and wall and CPU seconds and peak bytes."""
    with tempfile.TemporaryDirectory() as folder:
        usage = pathlib.Path(folder) / "usage.json"
        command = [sys.executable, HERE / "usage.py", usage, *map(str, arguments)]
        started = time.monotonic()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", cwd=cwd, start_new_session=True)
        try:
            output, errors = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            raise Failed(f"stopped after {limit:.0f} s") from None
        wall = time.monotonic() - started
        if child.returncode:
            last = errors.strip().splitlines()[-1:]
            raise Failed((last or [f"exit status {child.returncode}"])[0][:200])
        return output, {"wall seconds": wall} | json.loads(usage.read_text())


def settings_of(row, base, options):
    """The arguments that both sides get, in AutoFaiss's names."""
    return {
        "embeddings": str(base), "metric_type": row.metric, "max_index_memory_usage": row.bound,
        "current_memory_available": "20G", "max_index_query_time_ms": options.milliseconds,
        "nb_cores": options.cores, "should_be_memory_mappable": row.mappable,
        "index_path": "knn.index", "index_infos_path": "infos.json",
    }


def theirs(row, base, folder, options):
    settings = json.dumps(settings_of(row, base, options))
    command = [options.autofaiss_python, HERE / "build_theirs.py", settings]
    return run_child(command, options.limit, folder)


def ours(row, base, folder, options, *more):
    # Underscores and --flag=True are AutoFaiss's spelling, which the command takes.
    flags = [f"--{name}={value}" for name, value in settings_of(row, base, options).items()]
    command = [options.binary, "build_index", *flags, "--verbose=40", f"--k={RECALL_K}", *more,
               *options.ours]
    return run_child(command, options.limit, folder)


def sides(options):
    """Who builds: AutoFaiss, and Vicinal with its default target recall and with others."""
    found = {}
    for name in options.sides.split(","):
        if name == "theirs":
            found["AutoFaiss"] = theirs
        elif name == "ours":
            found["Vicinal"] = ours
        else:
            target = f"--target-recall={float(name)}"
            found[f"Vicinal, recall {name}"] = functools.partial(with_target, target)
    return found


def with_target(target, row, base, folder, options):
    return ours(row, base, folder, options, target)


def own_engine(path, known, metric, options):
    """20-recall@20 and the mean of single queries (k = 40) in Vicinal's engine, timed like faiss."""
    os.environ["VICINAL_LIBRARY"] = str(options.library)
    sys.path.insert(0, str(HERE.parent.parent / "python"))
    import vicinal.faiss as engine

    found = judge(path, *known, metric, engine)
    return {"own recall@20": found["recall@20"], "own milliseconds": found["milliseconds"]}


def side(name, build, row, place, known, options):
    """One side's build of a row, and what it is worth, as a dictionary."""
    entry = {"row": row.name, "side": name, "bound": bytes_of(row.bound)}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        try:
            _, used = build(row, place / "base", folder, options)
        except Failed as failure:
            return entry | {"failure": str(failure)}
        infos = json.loads((folder / "infos.json").read_text())
        entry |= {"key": infos["index_key"], "parameters": infos["index_param"]} | used
        entry |= judge(folder / "knn.index", *known, row.metric)
        if name != "AutoFaiss":
            if options.library:
                entry |= own_engine(folder / "knn.index", known, row.metric, options)
            entry["memory bytes"] = infos["memory in bytes"]
    return entry


HEADER = ("row", "", "index", "parameters", "recall@20", "ms", "own recall@20", "own ms", "bytes", "of bound",
          "build CPU s", "peak MB")
OWN = (("own recall@20", ".4f"), ("own milliseconds", ".3f"))


def line(entry):
    """An entry as a row of the table."""
    if "failure" in entry:
        return [entry["row"], entry["side"], entry["failure"], *[""] * 9]
    own = [f"{entry[name]:{form}}" if name in entry else "" for name, form in OWN]
    share = entry["bytes"] / entry["bound"]
    return [
        entry["row"], entry["side"], f"`{entry['key']}`", entry["parameters"].replace(",", ", "),
        f"{entry['recall@20']:.4f}", f"{entry['milliseconds']:.3f}", *own,
        f"{entry['bytes']:,}", f"{share:.1%}" + (" **broken**" if share > 1 else ""),
        f"{entry['cpu seconds']:.1f}", f"{entry['peak bytes'] / 1e6:.0f}",
    ]


def table(entries):
    """The entries as Markdown."""
    rows = [HEADER, ["---"] * 4 + ["---:"] * 8, *map(line, entries)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=".build/release/vicinal",
                        help="the vicinal command, a release build")
    parser.add_argument("--library", type=pathlib.Path,
                        help="libvicinal.so of scripts/build-library, to measure our engine too")
    parser.add_argument("--autofaiss-python", required=True, help="given by run-autofaiss")
    parser.add_argument("--rows", default="5k,10k,100k,500k",
                        help=f"of {','.join(row.name for row in ROWS)}, or all")
    parser.add_argument("--slices", default=os.environ.get("VICINAL_BENCH_DATA"),
                        help="folder of sift-photo-200k and text-minilm-50k")
    parser.add_argument("--data", help="folder to keep the data in; temporary unless given")
    parser.add_argument("--sides", default="theirs,ours,0.999",
                        help="theirs, ours, and target recalls that ours is to be built with")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--milliseconds", type=float, default=10.0, help="time allowed per query")
    parser.add_argument("--limit", type=float, default=3600, help="seconds that a build may take")
    parser.add_argument("--slow", action="store_true",
                        help="also let AutoFaiss build what takes it very long")
    parser.add_argument("--ours", nargs="*", default=[], help="more options for vicinal")
    parser.add_argument("--json", help="where to write every figure")
    parser.add_argument("--merge", action="store_true", help="keep other rows of the JSON file")
    parser.add_argument("--markdown", help="where to write the table")
    chosen = parser.parse_args()
    # Builds run in folders of their own. The link to Python stays one: behind it is no venv.
    chosen.binary = chosen.binary.resolve()
    chosen.autofaiss_python = os.path.abspath(chosen.autofaiss_python)
    if chosen.library:
        chosen.library = chosen.library.resolve()
    for program in (chosen.binary, chosen.autofaiss_python):
        if not os.access(program, os.X_OK):
            parser.error(f"there is no program {program}")
    names = [row.name for row in ROWS] if chosen.rows == "all" else chosen.rows.split(",")
    if unknown := set(names) - {row.name for row in ROWS}:
        parser.error(f"unknown rows: {', '.join(sorted(unknown))}")
    chosen.chosen_rows = [row for row in ROWS if row.name in names]
    return chosen


def compare(chosen, folder, entries):
    """Measures the chosen rows and puts them into `entries`, writing after each."""
    for row in chosen.chosen_rows:
        place = prepare(row, folder, chosen.slices)
        base = np.load(place / "base" / "0.npy", mmap_mode="r")
        queries = np.load(place / "query.npy")
        faiss.omp_set_num_threads(chosen.cores)
        known = (base, queries, truth(np.asarray(base), queries, row.metric))
        for title, build in sides(chosen).items():
            if title == "AutoFaiss" and row.theirs_is_slow and not chosen.slow:
                entry = {"row": row.name, "side": title, "bound": bytes_of(row.bound),
                         "failure": "not run without --slow: long training"}
            else:
                entry = side(title, build, row, place, known, chosen)
            entries[row.name, title] = entry
            print("| " + " | ".join(line(entry)) + " |", flush=True)
            write(chosen, entries)


def write(chosen, entries):
    """Writes what is known so far, in the order of the rows."""
    order = [row.name for row in ROWS]
    found = sorted(entries.values(), key=lambda e: (order.index(e["row"]), e["side"]))
    machine = {"processor": platform.processor() or platform.machine(),
               "cores": os.cpu_count(), "build threads": chosen.cores,
               "load": os.getloadavg()[0], "faiss of the judge": faiss.__version__}
    if chosen.json:
        text = json.dumps({"machine": machine, "entries": found}, indent=1)
        pathlib.Path(chosen.json).write_text(text + "\n")
    if chosen.markdown:
        pathlib.Path(chosen.markdown).write_text(table(found) + "\n")


def main():
    chosen = options()
    entries = {}
    if chosen.merge and chosen.json and pathlib.Path(chosen.json).exists():
        for entry in json.loads(pathlib.Path(chosen.json).read_text())["entries"]:
            entries[entry["row"], entry["side"]] = entry
    if chosen.data:
        compare(chosen, chosen.data, entries)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(chosen, folder, entries)


if __name__ == "__main__":
    main()
