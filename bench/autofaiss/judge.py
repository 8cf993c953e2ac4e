"""What an index file is worth: recall on held-out queries and time per query, by faiss or by an
engine with faiss's names."""

import time

import faiss
import numpy as np

RECALL_K = 20
# AutoFaiss times single queries with k = 40 whatever is asked, so both sides are timed so.
TIMED_K = 40


def truth(base, queries, metric):
    """The distance of the 20th true neighbour of each query, and the ids of the 20."""
    exact = faiss.IndexFlat(base.shape[1], faiss.METRIC_L2 if metric == "l2"
                            else faiss.METRIC_INNER_PRODUCT)
    exact.add(base)
    return exact.search(queries, RECALL_K)


def recall(found, base, queries, wanted, metric):
    """20-recall@20. An id also counts if its exact distance ties with the 20th true one's."""
    distances, ids = wanted
    hits = 0
    for row, (mine, true) in enumerate(zip(found, ids, strict=True)):
        mine = np.unique(mine[mine >= 0])
        right = np.isin(mine, true)
        others = base[mine[~right]]
        if metric == "l2":
            score = ((others - queries[row]) ** 2).sum(1)
            right[~right] = score <= distances[row, -1] * (1 + 1e-6)
        else:
            right[~right] = others @ queries[row] >= distances[row, -1] * (1 - 1e-6)
        hits += min(right.sum(), RECALL_K)
    return hits / ids.size


def milliseconds(index, queries, engine=faiss, seconds=2.0, rounds=3):
    """Mean CPU time of single queries on one thread, the least of a few rounds.

    CPU time, so that other work on the machine counts little.
    """
    engine.omp_set_num_threads(1)
    best = float("inf")
    for _ in range(rounds):
        started, first, done = time.monotonic(), time.process_time(), 0
        while done < 20 or (time.monotonic() - started < seconds and done < len(queries)):
            number = done % len(queries)
            index.search(queries[number : number + 1], TIMED_K)
            done += 1
        best = min(best, (time.process_time() - first) / done * 1000)
    return best


def judge(path, base, queries, wanted, metric, engine=faiss):
    """Recall and time of the index in a file, with the parameters that are stored in it."""
    index = engine.read_index(str(path))
    # faiss's threads would idle in the time of single queries, but not in that of many.
    engine.omp_set_num_threads(1)
    _, found = index.search(queries, RECALL_K)
    return {
        "recall@20": recall(found, base, queries, wanted, metric),
        "milliseconds": milliseconds(index, queries, engine),
        "bytes": path.stat().st_size,
        "vectors": index.ntotal,
    }
