"""What docs/autofaiss.md says to people who come from AutoFaiss."""

import json
import os
import pathlib
import re
import subprocess

import faiss
import numpy as np
import pytest
from support import clustered, save

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/autofaiss.md"

# Every parameter of AutoFaiss 2.18's build_index, with its default as the command line spells it.
BUILD_INDEX = {
    "embeddings": None, "index_path": "knn.index", "index_infos_path": "index_infos.json",
    "ids_path": "None", "save_on_disk": "True", "file_format": "npy",
    "embedding_column_name": "embedding", "id_columns": "None", "index_key": "None",
    "index_param": "None", "max_index_query_time_ms": "10", "max_index_memory_usage": "16G",
    "min_nearest_neighbors_to_retrieve": "20", "current_memory_available": "32G",
    "use_gpu": "False", "metric_type": "ip", "nb_cores": "None", "make_direct_map": "False",
    "should_be_memory_mappable": "False", "distributed": "None",
    "temporary_indices_folder": "hdfs://root/tmp/distributed_autofaiss_indices",
    "verbose": "20", "nb_indices_to_keep": "1",
}


def test_the_command_of_autofaiss_runs_as_it_stands(binary, tmp_path):
    # The lines of AutoFaiss's README, with the name of the program replaced.
    (tmp_path / "embeddings").mkdir()
    (tmp_path / "my_index_folder").mkdir()
    save(tmp_path / "embeddings/part1.npy", np.random.default_rng(1).random((1000, 100)))
    command = (
        'vicinal build_index --embeddings="embeddings" --index_path="my_index_folder/knn.index"'
        ' --index_infos_path="my_index_folder/index_infos.json" --metric_type="ip"')
    path = f"{binary.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, shell=True, cwd=tmp_path, env={**os.environ, "PATH": path}, check=True,
                   capture_output=True, timeout=120)
    files = sorted(file.name for file in (tmp_path / "my_index_folder").iterdir())
    assert {"index_infos.json", "knn.index"} <= set(files)
    index = faiss.read_index(str(tmp_path / "my_index_folder/knn.index"))
    assert (index.ntotal, index.d, index.metric_type) == (1000, 100, faiss.METRIC_INNER_PRODUCT)
    _, ids = index.search(np.random.default_rng(2).random((1, 100), dtype="f4"), 5)
    assert (ids >= 0).all()
    infos = json.loads((tmp_path / "my_index_folder/index_infos.json").read_text())
    assert infos["index_path"] == "my_index_folder/knn.index"


def documented():
    """The flags of the page's tables."""
    return set(re.findall(r"^\| `(?:--)?([a-z_]+)`", PAGE.read_text(), re.MULTILINE))


def test_the_page_names_every_flag():
    assert set(BUILD_INDEX) - documented() == set()


@pytest.mark.parametrize("name", [name for name in BUILD_INDEX if name != "embeddings"])
def test_every_default_may_be_spelled_out(vicinal, tmp_path, name):
    path = save(tmp_path / "x.npy", clustered(300, 8, seed=1))
    extra = () if name == "index_key" else ("--index_key=Flat",)
    vicinal("build_index", f"--embeddings={path}", f"--{name}={BUILD_INDEX[name]}", *extra,
            cwd=tmp_path)


def test_every_defect_has_a_test():
    # The page names a test for each of AutoFaiss's defects; these tests exist.
    page = PAGE.read_text()
    tests = set()
    for file in pathlib.Path(__file__).parent.parent.rglob("test_*.py"):
        tests |= set(re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE))
    for number in range(1, 26):
        row = re.search(rf"^\| D{number} \|.*$", page, re.MULTILINE)
        assert row, f"D{number} is missing"
        named = set(re.findall(r"`(test_\w+)`", row[0]))
        assert named or number == 22, f"D{number} names no test"
        assert named <= tests, named - tests
