"""Distributed builds with everything on a server: embeddings, unfinished files, results."""

import json
import pathlib
import sys
import threading

import faiss
import numpy as np
import parquet_files
import pyarrow as pa
from support import clustered

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))


class OneAfterTheOther:
    """What spreads steps, without a cluster."""

    def __init__(self, binary):
        from vicinal.spark.cluster import Driver

        self.driver = Driver(str(binary), 40, threading.Event())

    def executors(self):
        return 1

    def run(self, name, steps):
        return [self.driver.run(name, step) for step in steps]


def test_everything_on_a_server(binary, s3, tmp_path, vicinal):
    from vicinal.spark.build import Build

    rows = clustered(900, 12, seed=1)
    for number in range(3):
        part = rows[number * 300:number * 300 + 300]
        file = parquet_files.write(tmp_path / "x.parquet", {
            "embedding": parquet_files.vectors(part),
            "name": pa.array([f"n{row}" for row in range(number * 300, number * 300 + 300)])})
        s3.put(f"in/{number}.parquet", file.read_bytes())
    system = OneAfterTheOther(binary)
    options = ["--index-key=IVF8,Flat", "--metric-type=l2", "--index-param=nprobe=8", "--verbose=40"]
    Build(system, system.driver, [
        "--embeddings", "s3://vicinal/in", "--index-path=s3://vicinal/out/knn.index",
        "--index-infos-path=s3://vicinal/out/infos.json", "--ids-path=s3://vicinal/out/ids",
        "--id-columns", "name", "--temporary-indices-folder=s3://vicinal/temporary",
        "--vectors-per-task=250", "--nb-indices-to-keep=2", "--distributed=pyspark", *options]).run()
    assert s3.uploads() == []
    keys = s3.keys("out/")
    assert [key for key in keys if key.startswith("out/knn")] == ["out/knn.index0", "out/knn.index1"]
    # What is left is the folder, as in AutoFaiss: an object without content.
    assert [key for key in s3.keys("temporary") if not key.endswith("/")] == []
    parts = [faiss.deserialize_index(np.frombuffer(s3.get(f"out/knn.index{part}"), "u1"))
             for part in range(2)]
    assert [part.ntotal for part in parts] == [450, 450]
    assert parts[1].search(rows[899:], 1)[1][0, 0] == 899
    assert json.loads(s3.get("out/infos.json1"))["nb vectors"] == 450
    vicinal("search", "--index-path", "s3://vicinal/out/knn.index", "--queries", "s3://vicinal/in",
            "-k", 1, "--output-ids", tmp_path / "ids.npy")
    assert (np.load(tmp_path / "ids.npy").ravel() == np.arange(900)).all()
