"""Indexes of several folders at once."""

import concurrent.futures
import json

from .arguments import value_of, without
from .build import Build

# Options that belong to all partitions together, or that the plan gives to each of them.
OWN = (
    "--partitions", "--output-root-dir", "--index-path", "--nb-splits-per-big-index",
    "--big-index-threshold", "--maximum-nb-threads", "--temp-root-dir", "--id-columns")

# Options that only a distributed build takes.
CLUSTER = ("--distributed", "--spark-master", "--spark-python", "--vectors-per-task")


def build_partitions(cluster, driver, arguments):
    """Builds an index of each partition.

    Small partitions are one task each, all in one job; big ones are distributed builds of their own,
    several at a time, each trained on an executor.

    `arguments` are options of `vicinal build-partitioned-indexes`. Returns the infos of the indexes of
    each partition, in the order of the partitions.
    """
    plan = json.loads(driver.run(
        "plan", ["distributed", "partitions", *arguments]))
    shared = without(arguments, *OWN)
    folder = value_of(arguments, "--temp-root-dir")
    if folder and not value_of(arguments, "--temporary-indices-folder"):
        shared.append(f"--temporary-indices-folder={folder}")
    most = int(value_of(arguments, "--maximum-nb-threads") or 256)

    def build_small(entries):
        alone = without(shared, *CLUSTER, "--json")
        steps = [["build-index", *alone, *entry["options"], "--json"] for entry in entries]
        return [[json.loads(text)] for text in cluster.run("small partitions", steps)]

    def build_big(entry):
        return Build(
            cluster, driver, [*shared, *entry["options"]], trains_on_cluster=True).run()

    small = [place for place, entry in enumerate(plan) if not entry["isBig"]]
    big = [place for place, entry in enumerate(plan) if entry["isBig"]]
    results = [None] * len(plan)
    workers = max(1, min(most, len(big) + bool(small)))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs = {}
        if small:
            jobs[pool.submit(build_small, [plan[place] for place in small])] = small
        for place in big:
            jobs[pool.submit(build_big, plan[place])] = [place]
        try:
            for job in concurrent.futures.as_completed(jobs):
                found = job.result()
                places = jobs[job]
                for place, infos in zip(places, found if places is small else [found]):
                    results[place] = infos
        except BaseException:
            # What still runs stops by itself and cleans up; the pool waits for it.
            cluster.cancelled.set()
            for job in jobs:
                job.cancel()
            raise
    return results


def as_autofaiss(infos):
    """What AutoFaiss returns for a partition: its infos, or those of each of its indexes by path."""
    return infos[0] if len(infos) == 1 else {part["index_path"]: part for part in infos}
