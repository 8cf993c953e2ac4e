"""Memory of `vicinal build-index` where it is bounded by the demand: the process, and 10 % more than a batch
and the index.

Every index is built once without a narrow bound, for the bytes of its file, and once with the demand as
`--current-memory-available`. Where that is refused, once more with the least that the refusal names.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers"), str(HERE.parent)]

from data import prepared  # noqa: E402
from kinds import kinds  # noqa: E402
from page import ALLOWED, megabytes  # noqa: E402

# What the command counts for code, libraries, threads and pages of input files (docs/memory.md).
PROCESS = 80 << 20


def built(command, rows, metric, key, bound):
    """The bytes of the index and the peak of the process, or the least bound that a refusal names."""
    with tempfile.TemporaryDirectory() as folder:
        index = pathlib.Path(folder) / "knn.index"
        with open(pathlib.Path(folder) / "said", "w+") as said:
            process = subprocess.Popen(
                [command, "build-index", "--embeddings", str(rows), "--metric-type", metric, "--index-key", key,
                 "--index-path", str(index), "--index-infos-path", f"{folder}/infos.json", "--no-report",
                 "--current-memory-available", str(bound)], stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            said.seek(0)
            text = said.read()
        if os.waitstatus_to_exitcode(status) == 0:
            return {"bytes": index.stat().st_size, "peak": usage.ru_maxrss * 1024}
        least = re.search(r"at least [0-9.]+ ?[KMG]?B of memory \((\d+)B\)", text)
        if not least:
            raise SystemExit(f"{key}: {text.strip()[-500:]}")
        return {"least": int(least[1])}


def measured(command, rows, metric, key, batches):
    free = built(command, rows, metric, key, 32 << 30)
    shape = np.load(rows, mmap_mode="r").shape
    batch = -(-shape[0] // batches) * shape[1] * 4
    bound = PROCESS + int(ALLOWED * (batch + free["bytes"]))
    result = {"key": key, "bytes": free["bytes"], "batch": batch, "bound": bound, "free": free["peak"]}
    found = built(command, rows, metric, key, bound)
    if "least" in found:
        result["least"] = found["least"]
        found = built(command, rows, metric, key, found["least"])
    return {**result, "peak": found.get("peak")}


def lines(results):
    yield ("| data | key | file MB | demand MB | least bound MB, where the demand is refused | peak MB | "
           "(peak − 80 MiB) / (batch + file) | peak MB, no bound |")
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for each in results:
        share = "–"  # The least bound that a refusal named was refused as well.
        if each["peak"] is not None:
            share = f"{(each['peak'] - PROCESS) / (each['batch'] + each['bytes']):.2f}"
        yield (f"| {each['data']} | `{each['key']}` | {megabytes(each['bytes'])} | {megabytes(each['bound'])} | "
               f"{megabytes(each.get('least'))} | {megabytes(each['peak'])} | {share} | "
               f"{megabytes(each['free'])} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="bench/memory/builds.py")
    parser.add_argument("--source", default=os.environ.get(
        "VICINAL_BENCH_DATA", str(ROOT.parent / "shared/data")))
    parser.add_argument("--folder", default=str(ROOT / ".build/peers-data"))
    parser.add_argument("--command", default=str(ROOT / ".build/release/vicinal"))
    parser.add_argument("--data", nargs="+", default=["sift-photo-200k", "text-minilm-50k"])
    parser.add_argument("--batches", type=int, default=10, help="a batch is such a part of the vectors")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "demo-output/builds.json")
    parser.add_argument("--markdown", type=pathlib.Path, default=ROOT / "demo-output/builds.md")
    options = parser.parse_args()
    if not pathlib.Path(options.command).is_file():
        parser.error(f"there is no {options.command}: make build makes it, --command names another")
    for path in (options.json, options.markdown):
        path.parent.mkdir(parents=True, exist_ok=True)
    results = []
    for data in options.data:
        folder, metric = prepared(data, options.source, options.folder)
        rows = folder / "base.npy"
        for keys in kinds(np.load(rows, mmap_mode="r").shape[1], metric).values():
            result = measured(options.command, rows, metric, keys["vicinal"], options.batches)
            results.append({"data": data, **result})
            options.json.write_text(json.dumps(
                {"date": time.strftime("%Y-%m-%d"), "results": results}, indent=1))
            options.markdown.write_text("\n".join(lines(results)) + "\n")
            print(list(lines(results))[-1], flush=True)


if __name__ == "__main__":
    main()
