"""What is built: the index of each side, for sides that have such a one."""


def kinds(dimension, metric):
    """By name: {side: key}."""

    def both(key):
        return {"vicinal": key, "faiss": key}

    return {
        "Flat": both("Flat"),
        "IVFFlat": both("IVF1024,Flat"),
        "IVF SQ8": both("IVF1024,SQ8"),
        # np: polysemous training changes no sizes, and takes faiss long.
        "IVFPQ": both(f"IVF1024,PQ{dimension // 4}np"),
        "IVFPQ fast scan, refined": both(f"IVF1024,PQ{dimension // 2}x4fs,RFlat"),
        "HNSW": {**both("HNSW32"), "hnswlib": "HNSW32", "usearch": "HNSW32", "svs": "Vamana64"},
        "graph over bytes": {
            **both("HNSW32_SQ8"), "svs": "Vamana64,LVQ8",
            # Its bytes are of numbers within -1…1.
            **({"usearch": "HNSW32,i8"} if metric == "ip" else {})},
    }
