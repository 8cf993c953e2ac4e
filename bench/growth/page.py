"""The page and the plot of what measure.py measured."""

import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from laws import cheapest, laws, microseconds_at, prediction, quantities, sizes  # noqa: E402

TARGETS = [100_000_000, 1_000_000_000]
PARTS = [1, 10, 100]
CAUTION = """Read them as orders of magnitude:

- A straight line through a few sizes is drawn out by two or three powers of ten. An error of 0.05 in an exponent
  is one of 40 % at a thousand times the size.
- Laws change on the way. Caches and TLBs stop helping, and what no longer fits the memory of the machine is
  searched at the speed of a disk. Training looks at 256 vectors for each list at most, which begins to bind at
  about a million vectors: building an IVF grows more slowly from there. Searches of a graph grow by the
  logarithm, which no power is.
- Recall is that of these vectors. Nearer neighbours among more vectors are as hard as the clusters make them.
- Parts search everything and merge lists of ten, which costs nothing beside it; the recall of parts that reach
  it each is that of the whole. Parts are equally large; on one machine they share its memory and its caches.
- One thread. With more, batches and building take that much less, searches alone of graphs do not."""
COLOURS = ["#c2185b", "#1565c0", "#2e7d32", "#ef6c00"]


def number(value):
    """Three digits that count."""
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds):
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3)):
        if seconds >= length:
            return f"{number(seconds / length)} {unit}"
    return f"{number(seconds * 1e6)} µs"


def size(value):
    for unit, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if value >= length:
            return f"{number(value / length)} {unit}"
    return f"{number(value / 1e3)} kB"


def measured_rows(results, wanted):
    for each in results:
        batch, alone = ({clock: microseconds_at(each["ladders"], wanted, mode, clock)
                         for clock in ("wall", "processor")} for mode in ("batch", "alone"))
        best = cheapest(each["ladders"], wanted)
        yield (f"| {each['kind']} | {each['count']:,} | `{each['key']}` | "
               f"{number(each['train'] + each['add'])} | {number(each['processor'])} | "
               f"{number(batch['wall'])} | {number(batch['processor'])} | {number(alone['wall'])} | "
               f"{number(alone['processor'])} | {best['parameters'] or '–' if best else 'not reached'} | "
               f"{each['bytes'] / each['count']:.0f} | {each['resident'] / 1e6:.0f} | "
               f"{each['peak'] / 1e6:.0f} |")


def prediction_rows(results, found):
    for kind, each in found.items():
        if "build" not in each:
            continue
        memory = sizes(results, kind)
        for count in TARGETS:
            for parts in PARTS:
                build, builds = prediction(each["build"], count, parts)
                content, contents = prediction(memory["bytes"], count, parts)
                peak, _ = prediction(memory["peak"], count, parts)
                search = " | ".join(
                    " | ".join(duration(value * 1e-6) for value in prediction(each[mode], count, parts))
                    if mode in each else "– | –" for mode in ("batch", "alone"))
                yield (f"| {kind} | {count:,} | {parts} | {duration(build)} | {duration(builds)} | "
                       f"{search} | {size(content)} | {size(contents)} | {size(peak)} |")


def lines(measured, plot):
    """The page; `plot`: how it names the plot."""
    about, results = measured["about"], measured["results"]
    wanted, found = about["recall"], laws(results, about["recall"], about["fit_from"])
    counts = sorted({each["count"] for each in results})
    fitted = [f"{each:,}" for each in counts if each >= about["fit_from"]]
    command = " ".join(["bench/growth/run", *about["command"].split()])
    yield from [
        "# How cost grows", "",
        f"Made by `{command}` on {about['date']}: {about['processor']}, {about['processors']} processors, "
        f"{about['threads']} thread{'s' if about['threads'] > 1 else ''}. The vectors are the first so many of "
        f"those that `bench/generate.py` draws: clusters, {about['dimension']} dimensions, intrinsic "
        f"dimension 16, L2. k = 10; searches are compared at recall@10 {wanted}. IVF has 4·√n lists.", "", f"![Time and memory against the number of vectors]({plot})", "", "## Measured", "",
        "Seconds of building by the clock and of the processor; microseconds a query, in batches of 1000 and "
        "one by one, by both; the cheapest setting that was tried and finds enough (times lie between it and "
        "the one before, by interpolation); bytes of the file; MB resident more than before, at the end of "
        "building and at the most, without the vectors that are given.", "",
        "| kind | vectors | key | build s | of the processor | batch µs | of the processor | alone µs | "
        "of the processor | setting | bytes per vector | MB after | MB peak |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|",
        *measured_rows(results, wanted), "", "## Exponents", "",
        f"b in a·nᵇ, by least squares of the logarithms over {', '.join(fitted)} vectors, of processor time.",
        "", "| kind | build | search, batch | search, alone | bytes | peak |",
        "|---|--:|--:|--:|--:|--:|",
        *(f"| {kind} | " + " | ".join(
            f"{each[name].exponent:.2f}" if name in each else "–"
            for name in ("build", "batch", "alone", "bytes", "peak")) + " |"
          for kind, each in found.items()), "",
        "A search cannot grow faster than the vectors: where Flat's exponent is above 1, the smallest sizes still fit "
        "the processor's caches, and what is predicted for Flat is too long.", "", "## What they predict", "",
        "Of one part, and of all parts one after the other on one thread; parts on as many machines take as "
        "long as one. Bytes and peak memory are those of a vector at the largest size.", "",
        "| kind | vectors | parts | build, one part | build, all | batch, one | batch, all | alone, one | "
        "alone, all | bytes, one | bytes, all | peak beside the vectors, one |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", *prediction_rows(results, found)]


def plot(measured, path):
    """Points, and the fitted laws as lines, on logarithmic axes."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vicinal", "font.size": 8})
    from matplotlib import pyplot
    about, results = measured["about"], measured["results"]
    found = laws(results, about["recall"], about["fit_from"])
    figure, axes = pyplot.subplots(2, 2, figsize=(9, 7))
    titles = {"build": "building, seconds of the processor",
              "batch": f"a query in a batch at recall {about['recall']}, µs",
              "alone": f"a query alone at recall {about['recall']}, µs",
              "peak": "peak memory beside the vectors given, bytes"}
    for axis, (name, title) in zip(axes.flat, titles.items()):
        for kind, colour in zip(dict.fromkeys(each["kind"] for each in results), COLOURS):
            points = [(each["count"], quantities(each, about["recall"])[name])
                      for each in results if each["kind"] == kind]
            points = [point for point in points if point[1] is not None]
            axis.plot(*zip(*points), "o", markersize=3, color=colour)
            if law := found.get(kind, {}).get(name):
                ends = [about["fit_from"], max(each["count"] for each in results)]
                axis.plot(ends, [law(end) for end in ends], linewidth=0.9, color=colour,
                          label=f"{kind}, n^{law.exponent:.2f}")
        axis.set(xlabel="vectors", title=title, xscale="log", yscale="log")
        axis.grid(True, linewidth=0.3)
        axis.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def write(measured, markdown, picture):
    plot(measured, picture)
    place = pathlib.Path(picture).resolve()
    try:
        place = place.relative_to(pathlib.Path(markdown).resolve().parent)
    except ValueError:
        pass
    pathlib.Path(markdown).write_text("\n".join(lines(measured, place)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json", type=pathlib.Path)
    parser.add_argument("--markdown", default="demo-output/growth.md")
    parser.add_argument("--plot", default="demo-output/growth.svg")
    options = parser.parse_args()
    write(json.loads(options.json.read_text()), options.markdown, options.plot)
