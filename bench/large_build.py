"""Builds an index of more vectors than fit the memory that is allowed, and measures what it took.

Generates the vectors first, 10 GB of .npy files unless told otherwise, into a folder that stays.
Recall is measured twice: by the build, on a sample, and by score-index over all vectors.
"""

import argparse
import json
import pathlib
import re
import subprocess
import time

from generate import write

GIB = 1 << 30


def watched(command):
    """Runs a command; what it printed, its seconds, and its largest resident memory in bytes."""
    started = time.monotonic()
    running = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    status, peak = pathlib.Path(f"/proc/{running.pid}/status"), 0
    while running.poll() is None:
        found = re.search(r"Name:\s+vicinal\n[^$]*VmHWM:\s+(\d+) kB", status.read_text())
        peak = max(peak, int(found[1]) * 1024) if found else peak
        time.sleep(0.05)
    if running.returncode != 0:
        raise SystemExit(running.returncode)
    return running.stdout.read(), time.monotonic() - started, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default=".build/release/vicinal")
    parser.add_argument("-n", type=int, default=20_000_000)
    parser.add_argument("-d", type=int, default=128)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--memory", default="2G", help="--current-memory-available")
    parser.add_argument("--index-memory", default="500M", help="--max-index-memory-usage")
    options = parser.parse_args()
    folder = options.folder
    if not (folder / "query.npy").exists():
        write(folder, options.n, options.d, files=options.files)
    index = folder / "knn.index"
    text, seconds, peak = watched([
        options.binary, "build-index", "--embeddings", folder / "base", "--metric-type", "l2",
        "--index-path", index, "--index-infos-path", folder / "infos.json",
        "--current-memory-available", options.memory, "--max-index-memory-usage",
        options.index_memory, "--queries", folder / "query.npy", "--json"])
    infos = json.loads(text)
    text, _, _ = watched([
        options.binary, "score-index", "--index-path", index, "--embeddings", folder / "base",
        "--queries", folder / "query.npy", "--no-save-on-disk", "--json"])
    scores = json.loads(text)
    millions = infos["nb vectors"] / 1e6
    rows = [
        ("vectors", f"{millions:.1f} million x {infos['vectors dimension']}"),
        ("index", f"`{infos['index_key']}` {infos['index_param']}"),
        ("size of the file", f"{infos['size in bytes'] / (1 << 20):.0f} MiB of {options.index_memory}"),
        ("peak memory", f"{peak / GIB:.2f} GiB of {options.memory}"),
        ("time", f"{seconds:.0f} s, {seconds / millions:.1f} s per million"),
        ("recall@10, by the build", f"{infos['10-recall@10']:.4f}"),
        ("recall@10, over all vectors", f"{scores['10-recall@10']:.4f}"),
        ("single query", f"{scores['avg_search_speed_ms']:.3f} ms"),
    ]
    print("| what | figure |\n| --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print("\nsteps: " + ", ".join(f"{s['step']} {s['seconds']:.0f} s" for s in infos["steps"]))


if __name__ == "__main__":
    main()
