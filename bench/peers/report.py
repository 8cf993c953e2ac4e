"""Tables of ratios and plots from what compare.py measured."""

import argparse
import json
import pathlib

from comparison import speed_at

RECALLS = [0.8, 0.9, 0.95, 0.99]


def curve(side, mode):
    """Recall and speed, without the settings that another one beats in both."""
    points = sorted((point["recall"], point["qps"]) for point in side["curves"][mode])
    kept = []
    for value, speed in reversed(points):
        if not kept or speed > kept[-1][1]:
            kept.append((value, speed))
    return kept[::-1]


def speed(side, mode, wanted):
    """Queries a second at a recall; that of the slowest setting where all find more."""
    points = curve(side, mode)
    if points and points[0][0] >= wanted:
        return points[0][1]
    return speed_at(points, wanted)


def levels(sides, mode):
    """Recalls to compare at: where codes bound it, these parts of what Vicinal and faiss both reach."""
    reached = min((curve(sides[side], mode)[-1][0] for side in ("vicinal", "faiss") if side in sides),
                  default=1)
    return RECALLS if reached >= RECALLS[-1] else [round(each * reached, 3) for each in RECALLS]


def number(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio_rows(result):
    """Lines of one family: speeds at each recall and the ratios to faiss and to the best peer."""
    sides = result["sides"]
    ours = sides.get("vicinal")
    for mode in next(iter(sides.values()))["curves"]:
        for wanted in levels(sides, mode):
            speeds = {side: speed(each, mode, wanted) for side, each in sides.items()}
            if ours is None or speeds["vicinal"] is None:
                continue
            others = {side: value for side, value in speeds.items() if side != "vicinal" and value}
            best = max(others, key=others.get, default=None)
            to_faiss = speeds["vicinal"] / others["faiss"] if others.get("faiss") else None
            yield (f"| {result['data']} | {result['family']} | {mode} | {wanted} | "
                   f"{number(speeds['vicinal'])} | {number(others.get('faiss'))} | "
                   f"{'–' if to_faiss is None else f'{to_faiss:.2f}'} | "
                   + (f"{best} {number(others[best])} | {speeds['vicinal'] / others[best]:.2f} |"
                      if best else "– | – |"))


def best_rows(results):
    """The fastest index of each side at each recall, whatever family it is of."""
    for data in dict.fromkeys(result["data"] for result in results):
        families = [each for each in results if each["data"] == data and any(
            "curves" in side for side in each["sides"].values())]
        for mode in ("single", "batch", "all threads"):
            for wanted in RECALLS:
                best = {}
                for result in families:
                    for side, each in result["sides"].items():
                        found = speed(each, mode, wanted)
                        if found and found > best.get(side, (0,))[0]:
                            best[side] = (found, each["key"])
                if "vicinal" not in best or len(best) < 2:
                    continue
                ours = best.pop("vicinal")
                peer = max(best, key=lambda side: best[side][0])
                yield (f"| {data} | {mode} | {wanted} | {number(ours[0])} ({ours[1]}) | {peer} "
                       f"{number(best[peer][0])} ({best[peer][1]}) | {ours[0] / best[peer][0]:.2f} |")


# What issue 8 set out to reach, times faiss with one thread: of searches by family and mode …
GOALS = {("Flat", "batch"): 3, ("IVFFlat", "batch"): 10, ("IVFFlat", "single"): 3,
         ("HNSW", "batch"): 3.5, ("IVFPQ", "batch"): 1.5,
         ("IVFPQ fast scan, refined", "batch"): 1.5, ("IVF SQ8", "batch"): 1.5}
# … and of seconds: which part of a build, or of training.
BUILD_GOALS = {("HNSW", "add"): 2, ("IVFFlat", "add"): None, ("IVFPQ", "train"): 3}
TRAINING_GOALS = {"k-means": 4, "OPQ": 3}


def goal_rows(results):
    """Ratios to faiss beside what was wanted."""
    for result in results:
        sides = result["sides"]
        if "vicinal" not in sides or "faiss" not in sides:
            continue
        ours, theirs = sides["vicinal"], sides["faiss"]
        for (family, mode), goal in GOALS.items():
            if family != result["family"]:
                continue
            ratios = []
            for wanted in levels(sides, mode):
                pair = [speed(side, mode, wanted) for side in (ours, theirs)]
                ratios.append(f"{pair[0] / pair[1]:.1f}" if all(pair) else "–")
            yield f"| {result['data']} | {family}, {mode} | {goal} | {' · '.join(ratios)} |"
        for (family, part), goal in BUILD_GOALS.items():
            if family == result["family"]:
                yield (f"| {result['data']} | {ours['key']}, {part} | {goal or '–'} | "
                       f"{theirs[part] / ours[part]:.1f} |")
        if result["family"] in TRAINING_GOALS:
            yield (f"| {result['data']} | {result['family']}, one thread | "
                   f"{TRAINING_GOALS[result['family']]} | {theirs['seconds'] / ours['seconds']:.1f} |")


def lines(measured):
    about, results = measured["about"], measured["results"]
    searched = [each for each in results if any("curves" in side for side in each["sides"].values())]
    trained = [each for each in results if each not in searched]
    yield (f"{about['date']}, {about['processor']}, {about['threads']} threads, medians of "
           f"{about['runs']} turns. `bench/peers/run {about['command']}`")
    yield from ["", "### Times faiss, beside what was wanted", "",
                "Searches with one thread, at recall@10 " + " · ".join(map(str, RECALLS))
                + ", or these parts of what both reach.", "",
                "| data | what | wanted | times faiss |", "|---|---|--:|--:|", *goal_rows(results)]
    yield from ["", "### The fastest index of each", "",
                "| data | mode | recall@10 | Vicinal | best peer | ratio |",
                "|---|---|--:|--:|--:|--:|", *best_rows(results)]
    yield from ["", "### Family by family, queries a second", "",
                "| data | family | mode | recall@10 | Vicinal | faiss | ratio | best peer | ratio |",
                "|---|---|---|--:|--:|--:|--:|--:|--:|"]
    for result in searched:
        yield from ratio_rows(result)
    yield from ["", "### Building", "",
                "| data | family | side | key | training s | adding s | bytes per vector | peak MiB | "
                "alone p50 µs, p99 µs |", "|---|---|---|---|--:|--:|--:|--:|--:|"]
    for result in searched:
        for side, each in result["sides"].items():
            alone = each["curves"]["single"][len(each["curves"]["single"]) // 2]
            yield (f"| {result['data']} | {result['family']} | {side} | {each['key']} | "
                   f"{each['train']:.2f} | {each['add']:.2f} | {each['bytes'] / result['rows']:.0f} | "
                   f"{each['peak'] / 2 ** 20:.0f} | "
                   f"{alone['p50'] * 1e6:.0f}, {alone['p99'] * 1e6:.0f} ({alone['parameters'] or '–'}) |")
    if trained:
        yield from ["", "### Training, one thread", "",
                    "| data | what | Vicinal s | faiss s | ratio | error, of faiss's |",
                    "|---|---|--:|--:|--:|--:|"]
    for result in trained:
        ours, theirs = result["sides"].get("vicinal"), result["sides"].get("faiss")
        if ours and theirs:
            yield (f"| {result['data']} | {result['family']} | {ours['seconds']:.2f} | "
                   f"{theirs['seconds']:.2f} | {theirs['seconds'] / ours['seconds']:.2f} | "
                   f"{ours['loss'] / theirs['loss']:.4f} |")


def plot(measured, folder):
    """An SVG for each data set: recall against speed, of every side and family."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vicinal", "font.size": 8})
    from matplotlib import pyplot
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    colours = {"vicinal": "#c2185b", "faiss": "#1565c0", "hnswlib": "#2e7d32", "usearch": "#ef6c00",
               "svs": "#6a1b9a"}
    for data in dict.fromkeys(each["data"] for each in measured["results"]):
        figure, axes = pyplot.subplots(1, 3, figsize=(12, 4))
        for axis, mode in zip(axes, ("single", "batch", "all threads")):
            marks = {}
            for result in measured["results"]:
                for side, each in result["sides"].items():
                    if result["data"] != data or "curves" not in each:
                        continue
                    mark = marks.setdefault(result["family"], "os^vDPX*"[len(marks) % 8])
                    points = curve(each, mode)
                    axis.plot(*zip(*points), marker=mark, markersize=3, linewidth=0.8,
                              color=colours[side], label=f"{side}, {result['family']}")
            axis.set(xlabel="recall@10", ylabel="queries a second", title=mode, yscale="log")
            axis.grid(True, linewidth=0.3)
        if axes[0].lines:
            axes[0].legend(fontsize=5)
        figure.tight_layout()
        figure.savefig(folder / f"{pathlib.Path(data).name}.svg", metadata={"Date": None})
        pyplot.close(figure)


def write(measured, markdown, folder):
    pathlib.Path(markdown).write_text("\n".join(lines(measured)) + "\n")
    plot(measured, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json")
    parser.add_argument("--markdown", default="demo-output/peers.md")
    parser.add_argument("--plots", default="demo-output/peers")
    options = parser.parse_args()
    write(json.loads(pathlib.Path(options.json).read_text()), options.markdown, options.plots)
