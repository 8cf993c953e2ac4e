"""Powers fitted to measurements, and what they predict: no files, so that it can be tested."""

import dataclasses
import math

from comparison import speed_at


@dataclasses.dataclass
class Law:
    """y = factor · n ^ exponent."""

    factor: float
    exponent: float

    def __call__(self, count):
        return self.factor * count ** self.exponent


def fitted(points):
    """The law nearest to points (n, y) by least squares of the logarithms."""
    logs = [(math.log(count), math.log(value)) for count, value in points]
    if len({x for x, _ in logs}) < 2:
        raise ValueError("a law needs measurements at two sizes")
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs))
    exponent = (sum((x - mean_x) * (y - mean_y) for x, y in logs)
                / sum((x - mean_x) ** 2 for x, _ in logs))
    return Law(math.exp(mean_y - exponent * mean_x), exponent)


def microseconds_at(ladders, wanted, mode, clock):
    """Of a query at a recall: between two settings by interpolation; None where none finds so much.

    Settings that another one beats in both are left out, whatever ladder it is of.
    """
    points = sorted(((point["recall"], 1 / point[mode][clock]) for ladder in ladders
                     for point in ladder), reverse=True)
    kept = []
    for recall, speed in points:
        if not kept or speed > kept[-1][1]:
            kept.append((recall, speed))
    if not kept or kept[0][0] < wanted:
        return None
    if kept[-1][0] >= wanted:
        return 1 / kept[-1][1]
    return 1 / speed_at(kept, wanted)


def cheapest(ladders, wanted):
    """The setting that costs the least of those that find so much."""
    enough = [point for ladder in ladders for point in ladder if point["recall"] >= wanted]
    return min(enough, key=lambda point: point["batch"]["processor"], default=None)


def quantities(result, wanted):
    """What is fitted, of one index: name and value; None where the recall was not reached."""
    return {
        "build": result["processor"],
        "batch": microseconds_at(result["ladders"], wanted, "batch", "processor"),
        "alone": microseconds_at(result["ladders"], wanted, "alone", "processor"),
        "bytes": result["bytes"],
        "peak": result["peak"]}


def laws(results, wanted, fit_from):
    """By kind and quantity, of the sizes from `fit_from` on."""
    points = {}
    for result in results:
        if result["count"] >= fit_from:
            for name, value in quantities(result, wanted).items():
                if value is not None:
                    points.setdefault(result["kind"], {}).setdefault(name, []).append(
                        (result["count"], value))
    return {kind: {name: fitted(each) for name, each in found.items() if len(each) > 1}
            for kind, found in points.items()}


def sizes(results, kind):
    """Laws of bytes and of peak memory: so much for each vector as at the largest size.

    A fit would take what there is besides at small sizes for a smaller exponent, and predict less memory than
    the vectors alone need.
    """
    largest = max((each for each in results if each["kind"] == kind), key=lambda each: each["count"])
    return {name: Law(largest[name] / largest["count"], 1) for name in ("bytes", "peak")}


def prediction(law, count, parts):
    """For `count` vectors in equal parts: what one part costs, and all of them one after the other."""
    one = law(count / parts)
    return one, one * parts
