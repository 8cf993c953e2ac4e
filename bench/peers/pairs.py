"""What is compared with what: the index of each side, and the settings that are tried."""

PROBES = [2, 4, 8, 16, 32, 64, 128, 256]
EF = [10, 16, 24, 40, 64, 96, 160, 256]


def ladder(name, values, more=""):
    return [f"{name}={value}{more}" for value in values]


def families(rows, dimension, metric):
    """By name: {side: (index key, settings)}, Vicinal first. Builds are as thorough as each is by itself."""
    lists = 1024 if rows >= 100_000 else 512
    cells = f"IVF{lists}"
    probes = ladder("nprobe", PROBES)
    graph = ladder("efSearch", EF)
    parts = dimension // 4
    refined = [f"nprobe={probes},k_factor_rf={factor}" for probes in PROBES for factor in (2, 8)]

    def both(key, settings):
        return {"vicinal": (key, settings), "faiss": (key, settings)}

    return {
        "Flat": both("Flat", [""]),
        "IVFFlat": both(f"{cells},Flat", probes),
        "IVF SQ8": both(f"{cells},SQ8", probes),
        "IVFPQ": both(f"{cells},PQ{parts}", probes),
        "IVFPQ fast scan, refined": both(f"{cells},PQ{dimension // 2}x4fs,RFlat", refined),
        "HNSW": {
            **both("HNSW32", graph), "hnswlib": ("HNSW32", graph), "usearch": ("HNSW32", graph),
            "svs": ("Vamana64", graph)},
        "HNSW, built thoroughly": both("HNSW32 efConstruction=200", graph),
        "graph over bytes": {
            **both("HNSW32_SQ8", graph), "svs": ("Vamana64,LVQ8", graph),
            # Its bytes are of numbers within -1…1.
            **({"usearch": ("HNSW32,i8", graph)} if metric == "ip" else {})},
        "graph over 4 bits": {"svs": ("Vamana64,LVQ4x8", graph)},
    }
