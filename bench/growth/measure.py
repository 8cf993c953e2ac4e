"""How build time, search time and memory grow: indexes of several kinds at several sizes.

The sizes are the first so many of the same generated vectors. Each index is built and searched in a process
of its own. Times are of the wall clock and of the processor: the second is what a busy machine leaves
comparable. JSON holds everything; page.py makes the page and the plot of it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers"), str(HERE.parent)]

from data import nearest  # noqa: E402
from generate import Clusters  # noqa: E402
from kinds import kinds  # noqa: E402
import page  # noqa: E402

QUERIES = 1000


def say(text):
    print(text, file=sys.stderr, flush=True)


def prepared(folder, most, dimension):
    """Files of the vectors, made once, and of the queries."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, queries = folder / f"rows-{most}x{dimension}.npy", folder / f"queries-{most}x{dimension}.npy"
    if not queries.exists():
        source = Clusters(most, dimension)
        np.save(rows, source.draw(most))
        np.save(queries, source.draw(QUERIES))
    return rows, queries


def truth(rows, queries, count):
    """The file of the exact ten nearest among the first so many, made once."""
    path = rows.with_name(f"truth-{rows.stem}-{count}.npy")
    if not path.exists():
        np.save(path, nearest(np.load(rows, mmap_mode="r")[:count], np.load(queries), "l2"))
    return path


def worker(task):
    environment = dict(os.environ, VICINAL_PYTHON=str(ROOT / "python"))
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py")], input=json.dumps(task), env=environment, text=True,
        capture_output=True)
    if done.returncode:
        raise SystemExit(f"{task['key']} with {task['count']} vectors:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout)


def about(options):
    models = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {"date": time.strftime("%Y-%m-%d"), "dimension": options.dimension,
            "threads": options.threads, "recall": options.recall, "fit_from": options.fit_from,
            "processor": models[0].split(":", 1)[1].strip() if models else "",
            "processors": len(os.sched_getaffinity(0)), "command": " ".join(sys.argv[1:])}


def measured(options, results, keep):
    """Adds to the results what they do not have yet."""
    rows, queries = prepared(options.folder, max(options.sizes), options.dimension)
    order = list(kinds(max(options.sizes), options.dimension))
    known = {(each["kind"], each["count"]) for each in results}
    for count in sorted(options.sizes):
        expected = truth(rows, queries, count)
        for name, (key, ladders) in kinds(count, options.dimension).items():
            if (options.kinds and name not in options.kinds) or (name, count) in known:
                continue
            found = worker({
                "rows": str(rows), "queries": str(queries), "truth": str(expected), "count": count,
                "key": key, "ladders": ladders, "threads": options.threads, "alone": options.alone,
                "seconds": options.seconds, "scratch": str(options.folder)})
            results.append({"kind": name, "key": key, "count": count, **found})
            results.sort(key=lambda each: (each["count"], order.index(each["kind"])))
            keep()
            say(f"{key}, {count:,}: {found['train'] + found['add']:.1f} s, "
                f"{found['processor']:.1f} s of the processor; " + "; ".join(", ".join(
                    f"{point['recall']:.3f}/{point['batch']['processor']:.0f}" for point in points)
                    for points in found["ladders"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="bench/growth/run")
    parser.add_argument("--sizes", type=int, nargs="+", default=[
        10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000])
    parser.add_argument("--kinds", nargs="+", help="names of kinds.py")
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--recall", type=float, default=0.9, help="at which searches are compared")
    parser.add_argument("--fit-from", type=int, default=100_000, help="the smallest size of the fit")
    parser.add_argument("--seconds", type=float, default=0.5, help="of searching with each setting")
    parser.add_argument("--alone", type=int, default=200, help="queries asked one by one")
    parser.add_argument("--resume", action="store_true",
                        help="measure only what --json does not hold yet")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build/growth-data")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "demo-output/growth.json")
    parser.add_argument("--markdown", type=pathlib.Path, default=ROOT / "demo-output/growth.md")
    parser.add_argument("--plot", type=pathlib.Path, default=ROOT / "demo-output/growth.svg")
    options = parser.parse_args()
    unknown = [kind for kind in options.kinds or [] if kind not in kinds(1000, options.dimension)]
    if unknown:
        parser.error(f"no kind is called {unknown[0]}; there are "
                     + ", ".join(kinds(1000, options.dimension)))
    if sum(size >= options.fit_from for size in set(options.sizes)) < 2:
        parser.error("a fit needs two sizes from --fit-from on")
    for path in (options.json, options.markdown, options.plot):
        path.parent.mkdir(parents=True, exist_ok=True)
    found = {"about": about(options), "results": []}
    if options.resume:
        before = json.loads(options.json.read_text())
        for name in ("dimension", "threads"):
            if before["about"][name] != found["about"][name]:
                parser.error(f"{options.json} is of {before['about'][name]} as {name}, and not "
                             f"{found['about'][name]}: it cannot be resumed")
        found["results"] = before["results"]
    measured(options, found["results"],
             lambda: options.json.write_text(json.dumps(found, indent=1)))
    page.write(found, options.markdown, options.plot)


if __name__ == "__main__":
    main()
