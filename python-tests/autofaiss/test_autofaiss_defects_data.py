"""AutoFaiss's defects around data, files and the command, one test for each (docs/autofaiss.md)."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import faiss
import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet
from support import brute_force, clustered, recall, save, unit

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
RECALLS = ("1-recall@20", "1-recall@40", "20-recall@20", "40-recall@40")


@pytest.fixture
def folder(tmp_path):
    """A folder of vectors in two files."""
    place = tmp_path / "embeddings"
    place.mkdir()
    rows = clustered(1200, 24, seed=1) * 3
    save(place / "0.npy", rows[:700])
    save(place / "1.npy", rows[700:])
    return place


def score(vicinal, tmp_path, index, *embeddings):
    done = vicinal("score-index", "--index-path", index, "--embeddings", *embeddings, "--json",
                   cwd=tmp_path)
    return json.loads(done.stdout)


def test_d4_an_exact_l2_index_scores_1(vicinal, build, folder, tmp_path):
    # AutoFaiss compares with inner products: 0.087 … 0.46 for an exact index.
    build(folder, tmp_path / "x.index", "--index-key", "Flat", "--metric-type", "l2")
    scores = score(vicinal, tmp_path, tmp_path / "x.index", folder)
    assert {scores[name] for name in RECALLS} == {1}


def test_d5_the_truth_is_not_kept_beside_the_data(vicinal, build, folder, tmp_path):
    build(folder, tmp_path / "x.index", "--index-key", "Flat")
    before = sorted(path.name for path in folder.iterdir())
    score(vicinal, tmp_path, tmp_path / "x.index", folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    # After the data changed, an exact index of the new data is exact.
    for name in before:
        save(folder / name, clustered(len(np.load(folder / name)), 24, seed=7))
    build(folder, tmp_path / "x.index", "--index-key", "Flat")
    assert score(vicinal, tmp_path, tmp_path / "x.index", folder)["20-recall@20"] == 1
    # And a list is as good as a folder.
    files = [folder / name for name in before]
    assert score(vicinal, tmp_path, tmp_path / "x.index", *files)["20-recall@20"] == 1


def test_d8_each_part_is_tuned_on_its_own_vectors(vicinal, tmp_path):
    rows = clustered(6000, 24, seed=1)
    vicinal("build_index", f"--embeddings={save(tmp_path / 'x.npy', rows)}",
            "--index_key=IVF32,Flat", "--metric_type=l2", "--nb_indices_to_keep=3", cwd=tmp_path)
    queries = clustered(200, 24, seed=1, part=1)
    found = []
    for part in range(3):
        index = faiss.read_index(str(tmp_path / f"knn.index{part}"))
        infos = json.loads((tmp_path / f"index_infos.json{part}").read_text())
        assert infos["10-recall@10"] >= 0.9 and index.nprobe < 32
        found.append(index.search(queries, 10))
    ids = np.hstack([pair[1] for pair in found])
    order = np.argsort(np.hstack([pair[0] for pair in found]), axis=1)[:, :10]
    merged = np.take_along_axis(ids, order, axis=1)
    assert recall(merged, brute_force(rows, queries, "l2", 10)) > 0.85


def test_d10_columns_dimensions_and_nan(vicinal, build, folder, tmp_path):
    rows = clustered(300, 8, seed=2)
    save(tmp_path / "f.npy", np.asfortranarray(rows))
    build(tmp_path / "f.npy", tmp_path / "x.index", "--index-key", "Flat")
    index = faiss.read_index(str(tmp_path / "x.index"))
    assert (index.reconstruct_n(0, 300) == rows).all()
    save(folder / "2.npy", clustered(10, 16, seed=1))
    wrong = ("build-index", "--no-save-on-disk", "--embeddings")
    assert "2.npy" in vicinal(*wrong, folder, code=65).stderr
    (folder / "2.npy").unlink()
    rows[17, 3] = np.nan
    assert "17" in vicinal(*wrong, save(tmp_path / "nan.npy", rows), code=65).stderr


def test_d11_small_partitions_with_default_options(vicinal, tmp_path):
    parts = []
    for name, count in (("a/p", 300), ("a/q", 1500)):
        (tmp_path / name).mkdir(parents=True)
        save(tmp_path / name / "0.npy", clustered(count, 16, seed=count))
        parts.append(str(tmp_path / name))
    vicinal("build_partitioned_indexes", f"--partitions={parts}", "--output_root_dir=out",
            cwd=tmp_path)
    for name, count in (("p", 300), ("q", 1500)):
        assert faiss.read_index(str(tmp_path / f"out/{name}/knn.index")).ntotal == count


def test_d12_other_files_in_the_ids_folder_stay(vicinal, tmp_path):
    # AutoFaiss deletes the folder with all that is in it.
    (tmp_path / "ids/deep").mkdir(parents=True)
    for name in ("ids/notes.txt", "ids/deep/more.bin"):
        (tmp_path / name).write_text("mine")
    rows = clustered(200, 8, seed=1)
    table = arrow.table({"id": np.arange(200) * 3, "embedding": list(rows)})
    parquet.write_table(table, tmp_path / "in.parquet")
    # The second build replaces the ids of the first: a folder is never doubled either.
    for _ in range(2):
        vicinal("build_index", "--embeddings=in.parquet", "--file_format=parquet",
                "--ids_path=ids", '--id_columns=["id"]', "--index_key=Flat", cwd=tmp_path)
    for name in ("ids/notes.txt", "ids/deep/more.bin"):
        assert (tmp_path / name).read_text() == "mine"
    [file] = (tmp_path / "ids").glob("*.parquet")
    assert parquet.read_table(file)["i"].to_pylist() == list(range(200))


def test_d17_sizes_are_known_without_writing(binary, folder, tmp_path):
    # AutoFaiss writes the whole index to a temporary file to see how large it is.
    done = subprocess.run(
        [binary, "build-index", "--embeddings", folder, "--no-save-on-disk", "--json",
         "--index-key", "Flat"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={"TMPDIR": "/missing", "HOME": "/missing"})
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["embeddings"]
    size = json.loads(done.stdout)["size in bytes"]
    subprocess.run([binary, "build-index", "--embeddings", folder, "--index-key", "Flat"],
                   cwd=tmp_path, capture_output=True, timeout=60, check=True)
    assert (tmp_path / "knn.index").stat().st_size == size


@pytest.mark.parametrize("arguments", [
    ("--max-index-memory-usage", "1K"), ("--embeddings", "missing"), ("--index-key", "IVF9999,Flat"),
    ("--metric_type=hamming",), ("--no_such_option=1",), ("--max_index_memory_usage=1X",),
    ("--nb_indices_to_keep=0",), ("--distributed=dask",),
], ids=" ".join)
def test_d18_failures_are_failures(vicinal, folder, tmp_path, arguments):
    done = vicinal("build_index", "--embeddings", folder, *arguments, code=None, cwd=tmp_path)
    assert done.returncode not in (0, 1) and "rror" in done.stderr
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["embeddings"]


def test_d18_standard_output_is_for_programs(vicinal, quickly, folder, tmp_path):
    done = vicinal("build_index", "--embeddings", folder, "--json", *quickly, cwd=tmp_path)
    assert json.loads(done.stdout)["nb vectors"] == 1200


def test_d19_ids_can_be_inside(vicinal, build, search, folder, tmp_path):
    build(folder, tmp_path / "x.index", "--index-key", "IDMap2,HNSW16")
    assert faiss.read_index(str(tmp_path / "x.index")).id_map.size() == 1200


def test_d19_vectors_can_be_added_to_an_index(build, folder, tmp_path):
    index = tmp_path / "x.index"
    build(folder / "0.npy", index, "--index-key", "IVF16,Flat", "--metric-type", "l2")
    build(folder / "1.npy", index, "--append", "--metric-type", "l2")
    read = faiss.read_index(str(index))
    rows = np.vstack([np.load(folder / "0.npy"), np.load(folder / "1.npy")])
    read.nprobe = 16
    assert read.ntotal == 1200
    assert (read.search(rows, 1)[1][:, 0] == np.arange(1200)).all()


def test_d20_cosine(build, folder, tmp_path):
    build(folder, tmp_path / "x.index", "--index-key", "Flat", "--metric-type", "cosine")
    rows = np.vstack([np.load(folder / "0.npy"), np.load(folder / "1.npy")])
    distances, ids = faiss.read_index(str(tmp_path / "x.index")).search(rows[:50] * 7, 5)
    assert (ids == brute_force(rows, rows[:50], "cosine", 5)).mean() > 0.99
    np.testing.assert_allclose(distances[:, 0], 1, atol=1e-5)
    wanted = np.sort(unit(rows[:50]) @ unit(rows).T, axis=1)[:, -1:-6:-1]
    np.testing.assert_allclose(distances, wanted, atol=1e-5)


# The libraries of the page: of the system, of Swift, OpenBLAS, SQLite, ØMQ with its own, and of Arrow
# where it was built with that.
LIBRARIES = re.compile(
    r"(lib(c|m|rt|dl|pthread|stdc\+\+|gcc_s|z|gfortran|quadmath|openblas(\w*)|arrow|parquet|dispatch"
    r"|BlocksRuntime|sqlite3|zmq|bsd|md|sodium|pgm|norm|gssapi_krb5|k5crypto|krb5(support)?|com_err|keyutils"
    r"|resolv|swift\w*|_?Foundation\w*)[-.\w]*\.so[.\d]*|linux-vdso.*|ld-linux.*)$")


@pytest.mark.skipif(shutil.which("ldd") is None, reason="there is no ldd")
def test_d21_the_program_needs_no_more_libraries_than_the_page_says(binary):
    shown = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    names = [pathlib.Path(line.split()[0]).name for line in shown.splitlines() if line.strip()]
    assert len(names) > 5 and "not found" not in shown
    assert [name for name in names if not LIBRARIES.match(name)] == []


def test_d21_neither_python_nor_packages_are_needed(binary, quickly, folder, tmp_path):
    # No Python, no PATH: of the environment nothing is used.
    done = subprocess.run(
        [binary, "build-index", "--embeddings", folder, "--verbose", "40", *quickly], cwd=tmp_path,
        capture_output=True, text=True, timeout=60, env={})
    assert done.returncode == 0, done.stderr
    assert os.path.getsize(tmp_path / "knn.index") > 0


def test_d23_a_build_reports_recall(build, folder, tmp_path):
    infos = build(folder, tmp_path / "x.index", "--index-key", "IVF16,Flat", "--index-param",
                  "nprobe=2", "--metric-type", "l2")
    index = faiss.read_index(str(tmp_path / "x.index"))
    rows = index.reconstruct_n(0, 1200) if index.make_direct_map() is None else None
    own = np.arange(1200)
    _, found = index.search(rows, 11)
    others = np.array([row[row != me][:10] for row, me in zip(found, own, strict=True)])
    truth = brute_force(rows, rows, "l2", 10, own=own)
    assert infos["10-recall@10"] == pytest.approx(recall(others, truth), abs=0.02)


def test_d25_defaults_are_those_of_the_documents(vicinal):
    text = vicinal("help", "build-index").stdout
    page = (DOCS / "command.md").read_text().split("\n## build-index\n")[1].split("\n## ")[0]
    compared = 0
    for name, default in re.findall(r"^\| `(--[a-z-]+)` \| `([^`]+)` \|", page, re.MULTILINE):
        shown = re.search(rf"{name} <[^>]+>(.*?)(?=\n  -|\Z)", text, re.DOTALL)
        found = re.search(r"\(default:\s+([^)]+)\)", shown[1]) if shown else None
        if not found:
            continue
        compared += 1
        said = " ".join(found[1].split())
        assert said in (default, f"{default}.0", default.replace("G", ".0GB")), name
    assert compared >= 8
