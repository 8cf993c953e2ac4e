"""`--append` goes on with the id mapping, the infos and the page of a build."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest
from parquet_files import read_ids, vectors, write
from support import clustered

ROWS = clustered(900, 6, seed=3)
OPTIONS = ("--file-format", "parquet", "--metric-type", "l2", "--ids-path", "ids")


def part(path, first, end, **more):
    """Parquet with some of the rows."""
    names = pa.array([f"row {i}" for i in range(first, end)])
    return write(path, {"embedding": vectors(ROWS[first:end]), "url": names, **more})


@pytest.fixture
def built(vicinal, tmp_path):
    """An index of 500 vectors with ids; gives a function that adds others."""
    part(tmp_path / "first/a.parquet", 0, 500)
    vicinal("build-index", "--embeddings", "first", "--index-key", "IVF4,Flat", *OPTIONS,
            "--id-columns", "url", cwd=tmp_path)

    def append(folder, *options, code=0):
        return vicinal("build-index", "--append", "--embeddings", folder, *OPTIONS, *options,
                       code=code, cwd=tmp_path)

    return append


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_ids_go_on_behind_those_before(built, search, tmp_path):
    page = (tmp_path / "index_report.html").read_text()
    before = contents(tmp_path / "ids")
    part(tmp_path / "second/a.parquet", 500, 700)
    part(tmp_path / "second/b.parquet", 700, 900)
    built("second", "--id-columns", "url")
    ids = read_ids(tmp_path / "ids").sort_by("i")
    assert ids["i"].to_pylist() == list(range(900))
    assert ids["url"].to_pylist() == [f"row {i}" for i in range(900)]
    after = contents(tmp_path / "ids")
    assert all(after[name] == content for name, content in before.items())
    names = sorted(after)
    assert [int(re.match(r"part-(\d{8})-", name)[1]) for name in names] == list(range(len(names)))
    found = search(tmp_path / "knn.index", ROWS[600:620], 1, "--param", "nprobe=4")
    np.testing.assert_array_equal(found[0][:, 0], range(600, 620))
    # The page and the infos are those of all vectors.
    assert json.loads((tmp_path / "index_infos.json").read_text())["nb vectors"] == 900
    new = (tmp_path / "index_report.html").read_text()
    assert new != page and "400 vectors were added to 500" in new


def test_an_append_that_was_interrupted_before_the_index_may_be_repeated(built, tmp_path):
    index = (tmp_path / "knn.index").read_bytes()
    part(tmp_path / "second/a.parquet", 500, 900)
    built("second", "--id-columns", "url")
    # As if it had ended between the ids and the index.
    (tmp_path / "knn.index").write_bytes(index)
    part(tmp_path / "third/x.parquet", 500, 800)
    built("third", "--id-columns", "url")
    assert sorted(read_ids(tmp_path / "ids")["i"].to_pylist()) == list(range(800))


@pytest.mark.parametrize(("case", "words"), [
    ("other column", ["other", "url"]), ("more columns", ["columns"]), ("other type", ["url", "type"]),
    ("no ids", ["0 vectors", "500"]),
])
def test_ids_that_do_not_fit_change_nothing(built, tmp_path, case, words):
    columns = ["url"]
    folder = tmp_path / "second/a.parquet"
    if case == "other type":
        write(folder, {"embedding": vectors(ROWS[500:]), "url": pa.array(range(400))})
    else:
        part(folder, 500, 900, other=pa.array(range(400)))
    if case == "other column":
        columns = ["other"]
    if case == "more columns":
        columns = ["url", "other"]
    if case == "no ids":
        for path in (tmp_path / "ids").iterdir():
            path.unlink()
    before = contents(tmp_path) | contents(tmp_path / "ids")
    done = built("second", "--id-columns", *columns, code=(64, 65))
    assert all(word in done.stderr for word in words), done.stderr
    assert contents(tmp_path) | contents(tmp_path / "ids") == before
