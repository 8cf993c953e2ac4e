"""AutoFaiss 2.18's selection table and size estimates: what its memory bound is compared with.

An oracle for tests. Written from its documented behaviour; on all of `GRID` it gives the keys and
estimates of the original package (checked with autofaiss 2.18.0).
"""

import math
import re

# 660 cases. With them, as in published figures, 96 of AutoFaiss's keys exceed the bound by its own
# estimate: up to 20 times below 10,000 vectors, 5 times above.
COUNTS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
DIMENSIONS = (16, 96, 512, 768, 1024)
BOUNDS = ("1M", "2M", "5M", "10M", "20M", "50M", "100M", "200M", "500M", "1G", "2G", "5G")
GRID = [(n, d, bound) for n in COUNTS for d in DIMENSIONS for bound in BOUNDS]

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def bytes_of(text):
    """A bound such as 500M in bytes."""
    return int(text[:-1]) * UNITS[text[-1]]


def cells(n):
    """AutoFaiss's first number of clusters."""
    if n < 1_000_000:
        return 2 ** round(math.log2(4 * math.sqrt(n)))
    return 16_384 if n < 10_000_000 else 65_536 if n < 300_000_000 else 131_072


def key(n, d, bound, mappable=False):
    """The key that AutoFaiss chooses on a CPU without a direct map, or None where it crashes."""
    lists = cells(n)
    if n < 1_000:
        return "IVF1,Flat" if mappable else "Flat"
    if n < 10_000:
        return f"IVF{lists},Flat" if mappable else "HNSW15"
    links = math.floor((bound / (4 * n) - d) / 2)
    if not mappable and links >= 8:
        return f"HNSW{min(links, 32)}"
    if n < 1_000_000 and 4 * d * (n + lists) <= bound:
        return f"IVF{lists},Flat"
    for codes in (256, 128, 64, 48, 32, 24, 16, 8, 4):
        if codes < d and 4 * d / (codes + 8) >= 4 * n * d / bound:
            width = (min(d // codes, 6) + 1) * codes
            graph = "_HNSW32" if lists >= 1000 else ""
            return f"OPQ{codes}_{width},IVF{lists}{graph},PQ{codes}x8"
    return None


def estimate(name, n, d):
    """AutoFaiss's own estimate of the size of an index, in bytes."""
    if name == "Flat":
        return 4 * n * d
    if found := re.fullmatch(r"HNSW(\d+)", name):
        return 4 * n * d + 8 * n * int(found[1])
    if found := re.fullmatch(r"IVF(\d+),Flat", name):
        return 4 * d * (n + int(found[1]))
    found = re.fullmatch(r"OPQ(\d+)_(\d+),IVF(\d+)(_HNSW32)?,PQ(\d+)x8", name)
    codes, width, lists, _, _ = (int(part) if part and part.isdigit() else 0
                                 for part in found.groups())
    graph = 8 * lists * 32 if found[4] else 0
    return n * (codes + 8) + 4 * lists * d + 4 * codes * width + graph


def exceeding():
    """The cases of the grid in which AutoFaiss's own estimate exceeds the bound, with the excess."""
    found = []
    for n, d, text in GRID:
        name = key(n, d, bytes_of(text))
        if name and (excess := estimate(name, n, d) / bytes_of(text)) > 1:
            found.append((n, d, text, excess))
    return found
