"""What is built at each size, and along which settings it is searched."""

import math

PROBES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
EF = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]


def kinds(rows, dimension):
    """By name: the key of the index, and ladders of settings, each from the cheapest up."""
    # faiss advises 4 to 16 times the root.
    cells = f"IVF{round(4 * math.sqrt(rows))}"
    probes = [probes for probes in PROBES if probes <= round(4 * math.sqrt(rows))]
    return {
        "Flat": ("Flat", [[""]]),
        "IVF": (f"{cells},Flat", [[f"nprobe={each}" for each in probes]]),
        "HNSW": ("HNSW32", [[f"efSearch={each}" for each in EF]]),
        "IVFPQ fast scan, refined": (
            f"{cells},PQ{dimension // 2}x4fs,RFlat",
            [[f"nprobe={each},k_factor_rf={factor}" for each in probes] for factor in (4, 16)]),
    }
