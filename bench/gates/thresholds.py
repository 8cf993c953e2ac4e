"""Whether what was measured keeps to the thresholds: no processes, no files, so that it can be tested."""

import dataclasses
import math


@dataclasses.dataclass
class Measured:
    """One operation: the instructions that it took, and the recall@10 of what it made or found."""

    instructions: int
    recall: float


@dataclasses.dataclass
class Line:
    """What there is to say of one operation."""

    name: str
    measured: Measured | None
    threshold: dict | None
    verdict: str
    is_failure: bool

    @property
    def difference(self):
        """Instructions more than the threshold, in percent; None without both."""
        if self.measured is None or self.threshold is None:
            return None
        return 100 * (self.measured.instructions / self.threshold["instructions"] - 1)


def judge(name, measured, threshold, allowed_percent):
    """The line of one operation. One that is missing on either side fails: a gate must not vanish unseen."""
    if measured is None:
        return Line(name, None, threshold, "has a threshold, and is no operation", True)
    if threshold is None:
        return Line(name, measured, None, "has no threshold; write one with --update", True)
    line = Line(name, measured, threshold, "ok", False)
    problems = []
    if line.difference > allowed_percent:
        problems.append(f"more than {allowed_percent:g} % too many")
    if measured.recall < threshold["recall"]:
        problems.append("recall below its floor")
    if problems:
        line.verdict, line.is_failure = "FAILS: " + ", ".join(problems), True
    elif line.difference < -allowed_percent:
        line.verdict = "much less: lower the threshold with --update"
    return line


def judged(measured, thresholds, chosen=None):
    """Lines of all operations, or of those chosen, in the order in which they were measured."""
    limits = thresholds["operations"]
    missing = [] if chosen else [name for name in limits if name not in measured]
    return [judge(name, measured.get(name), limits.get(name), thresholds["allowed_percent"])
            for name in [*measured, *missing]]


def floor(recall, margin):
    """The least recall that will do: a little less, rounded down; what finds all must go on finding all."""
    return 1.0 if recall == 1 else max(0.0, math.floor((recall - margin) * 1000) / 1000)


def updated(measured, thresholds, chosen=None):
    """New thresholds. Where all was measured, operations that are no more go."""
    kept = dict(thresholds["operations"]) if chosen else {}
    margin = thresholds["recall_margin"]
    for name, each in measured.items():
        kept[name] = {"instructions": each.instructions, "recall": floor(each.recall, margin)}
    return {**thresholds, "operations": kept}


def table(lines):
    """The lines as text in columns."""
    rows = [("operation", "count", "threshold", "difference", "recall", "floor", "")]
    for line in lines:
        has, limit = line.measured, line.threshold
        rows.append((
            line.name,
            f"{has.instructions:,}" if has else "–",
            f"{limit['instructions']:,}" if limit else "–",
            f"{line.difference:+.2f} %" if line.difference is not None else "–",
            f"{has.recall:.4f}" if has else "–",
            f"{limit['recall']:.3f}" if limit else "–",
            line.verdict))
    widths = [max(len(row[place]) for row in rows) for place in range(6)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]),
                   *(row[place].rjust(widths[place]) for place in range(1, 6)), row[6]]).rstrip()
        for row in rows)


def changes(old, new):
    """What an update changes, a line for each operation."""
    for name, limit in new["operations"].items():
        before = old["operations"].get(name)
        if before is None:
            yield f"{name}: new, {limit['instructions']:,} instructions, recall {limit['recall']:.3f}"
            continue
        difference = 100 * (limit["instructions"] / before["instructions"] - 1)
        yield (f"{name}: {before['instructions']:,} -> {limit['instructions']:,} instructions "
               f"({difference:+.2f} %), recall {before['recall']:.3f} -> {limit['recall']:.3f}")
    for name in old["operations"]:
        if name not in new["operations"]:
            yield f"{name}: gone"
