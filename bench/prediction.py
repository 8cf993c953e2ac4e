"""How good the predictions of a measured choice are: builds over 500,000 vectors and more.

Each row is one `vicinal build-index`. What the choice predicted from its sample, for settings of
the chosen index, is compared with what the finished index shows under the same settings.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np

from generate import write

# Vectors, dimension, metric, and what is asked for.
BUILDS = (
    (500_000, 128, "l2", ()),
    (500_000, 128, "l2", ("--max-index-memory-usage", "100M")),
    (500_000, 128, "ip", ("--max-index-memory-usage", "30M")),
    (500_000, 128, "l2", ("--should-be-memory-mappable",)),
    (500_000, 64, "l2", ("--target-recall", "0.99")),
    (500_000, 64, "ip", ("--max-index-memory-usage", "60M")),
    (500_000, 256, "l2", ("--max-index-memory-usage", "200M")),
    (1_000_000, 64, "l2", ("--should-be-memory-mappable",)),
    (1_000_000, 64, "l2", ("--max-index-memory-usage", "100M")),
    (1_000_000, 96, "ip", ("--max-index-memory-usage", "40M")),
)


def built(binary, folder, metric, asked):
    done = subprocess.run(
        [binary, "build-index", "--embeddings", folder / "base", "--metric-type", metric,
         "--no-save-on-disk", "--json", "--verbose", "40", "--queries", folder / "query.npy",
         *asked], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def knobs(text):
    return {name: float(value) for name, value in (part.split("=") for part in text.split(","))}


def pairs(infos):
    """(predicted recall, real recall, predicted ms, real ms) for each setting that was predicted.

    Tuning may look at other settings than the choice did: what lies between two of them is
    interpolated over the logarithm of the first parameter.
    """
    real = [
        (knobs(point["parameters"]), point["recall"], point["milliseconds"])
        for point in infos["operating_points"] if point["parameters"]]
    chosen = next(
        candidate for candidate in infos["selection"]["candidates"]
        if candidate["verdict"] == "chosen")
    for point in chosen["predictedPoints"]:
        if not point["parameters"]:
            # An index without search parameters has one setting.
            yield (
                point["recall@10"], infos["10-recall@10"], point["mean_ms"],
                infos["avg_search_speed_ms"])
            continue
        wanted = knobs(point["parameters"])
        first, value = next(iter(wanted.items()))
        others = {name: x for name, x in wanted.items() if name != first}
        line = sorted(
            (math.log(found[first]), recall, ms) for found, recall, ms in real
            if first in found and all(found.get(name, x) == x for name, x in others.items()))
        places = [x for x, _, _ in line]
        if line and places[0] <= math.log(value) <= places[-1]:
            yield (
                point["recall@10"], np.interp(math.log(value), places, [r for _, r, _ in line]),
                point["mean_ms"], np.interp(math.log(value), places, [m for _, _, m in line]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=".build/release/vicinal")
    parser.add_argument("--rows", default="", help="numbers from 0 on, separated by commas")
    options = parser.parse_args()
    wanted = [int(n) for n in options.rows.split(",") if n] or range(len(BUILDS))
    recalls, times = [], []
    print("| vectors | asked for | index | settings | recall@10 error | time error | built in |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for number in wanted:
        n, d, metric, asked = BUILDS[number]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write(folder, n, d, files=4)
            infos = built(options.binary, folder, metric, asked)
        found = list(pairs(infos))
        recall = [abs(predicted - real) for predicted, real, _, _ in found]
        time = [abs(predicted / real - 1) for _, _, predicted, real in found]
        recalls += recall
        times += time
        shown = (
            f"{statistics.median(recall):.3f} | {statistics.median(time):.0%}" if found else "– | –")
        print(
            f"| {n:,} x {d} {metric} | {' '.join(asked) or 'nothing'} | `{infos['index_key']}`"
            f" | {len(found)} | {shown} | {infos['build_seconds']:.0f} s |", flush=True)
    print(
        f"\nmedian error: recall {statistics.median(recalls):.4f}, time"
        f" {statistics.median(times):.0%} over {len(recalls)} settings")


if __name__ == "__main__":
    main()
