"""The page of what table.py measured."""

import argparse
import json
import pathlib

# At most this part more than a batch and the index is what Vicinal demands of itself.
ALLOWED = 1.10


def of_demand(result):
    """The peak while adding, of the bytes of a batch and of the index in its file."""
    return result["peak"] / (result["batch"] + result["bytes"])


def of_resident(result):
    """The same beside what the index keeps in memory in the end."""
    return result["peak"] / (result["batch"] + max(result["settled"], 1))


def megabytes(value):
    return "–" if value is None else f"{value / 1e6:.1f}"


def rows(results):
    for each in results:
        loaded, mapped = (each[name] and each[name]["resident"] for name in ("loaded", "mapped"))
        yield (f"| {each['data']} | {each['side']} | `{each['key']}` | {each['bytes'] / each['count']:.1f} | "
               f"{each['settled'] / each['count']:.1f} | {megabytes(each['training'])} | "
               f"{megabytes(each['sample'])} | {megabytes(each['peak'])} | {megabytes(each['batch'])} | "
               f"{of_demand(each):.2f} | {of_resident(each):.2f} | {megabytes(each['settled'])} | "
               f"{megabytes(loaded)} | {megabytes(mapped)} |")


def lines(measured):
    about, results = measured["about"], measured["results"]
    settings = [f"{name}={value}" for name, value in about.get("malloc", {}).items()]
    command = " ".join([*settings, "bench/memory/run", *about["command"].split()])
    yield from [
        "# Bytes per vector, and memory while building", "",
        f"Made by `{command}` on {about['date']}, {about['threads']} "
        f"thread{'s' if about['threads'] > 1 else ''}. MB are millions of bytes that are resident more than "
        "before; an index of the same kind over a few vectors was built first, so that code and threads do not "
        f"count. Vectors come in {about['batches']} batches from a mapped file, whose pages count while a batch "
        "is added and are given back behind it.", "",
        "- **training**: the peak, the sample included; graphs over floats learn nothing.",
        "- **peak**: while adding, everything included. *batch + file* are the bytes of a batch and of the file of "
        "the index: what Vicinal demands of itself is a peak of at most "
        f"{ALLOWED:.2f} of it. *In memory* is what stays resident in the end.",
        "- **loaded**, **mapped**: what a new process gains by opening the file and searching for one vector. A dash: "
        "the side cannot. SVS builds from all vectors at once, so its batches are put together first.", "",
        "| data | side | key | bytes per vector, file | in memory | training MB | sample MB | "
        "peak while adding MB | batch MB | peak / (batch + file) | peak / (batch + in memory) | "
        "after MB | loaded MB | mapped MB |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", *rows(results)]
    over = [each for each in results if each["side"] == "vicinal" and of_demand(each) > ALLOWED]
    yield ""
    if not over:
        yield f"Vicinal takes at most {ALLOWED - 1:.0%} more than batch and file everywhere."
    for each in over:
        yield (f"- {each['data']} `{each['key']}`: {of_demand(each):.2f} times batch and file, "
               f"{megabytes(each['peak'] - each['batch'] - each['bytes'])} MB more than both; "
               f"{of_resident(each):.2f} of what is kept in memory.")


def write(measured, markdown):
    pathlib.Path(markdown).write_text("\n".join(lines(measured)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json", type=pathlib.Path)
    parser.add_argument("--markdown", default="demo-output/memory.md")
    options = parser.parse_args()
    write(json.loads(options.json.read_text()), options.markdown)
