"""Several indexes: what an earlier build left is not searched, and a failed build leaves nothing."""

import signal
import subprocess
import time

import numpy as np
import pytest
from support import clustered, save

OPTIONS = ("--index-key", "IVF4,Flat", "--index-param", "nprobe=4", "--metric-type", "l2")


@pytest.fixture(scope="module")
def rows():
    return clustered(600, 8, seed=1)


@pytest.fixture
def build(vicinal, rows, tmp_path):
    """Builds so many indexes in the folder `out`; what is said on standard error."""
    path = save(tmp_path / "x.npy", rows)

    def run(parts, *more):
        return vicinal(
            "build-index", "--embeddings", path, "--index-path", tmp_path / "out/k.index",
            "--index-infos-path", tmp_path / "out/infos.json", "--nb-indices-to-keep", parts,
            *OPTIONS, *more).stderr

    return run


def names(tmp_path):
    return sorted(path.name for path in (tmp_path / "out").iterdir())


def files(*suffixes):
    return sorted(
        name for suffix in suffixes
        for name in (f"k.index{suffix}", f"infos.json{suffix}", f"report{suffix}.html"))


def numbered(parts):
    width = len(str(parts))
    return [f"{number:0{width}}" for number in range(parts)]


def require_each_found_once(search, path, rows):
    ids, _ = search(path, rows[:100], 5)
    assert (ids[:, 0] == np.arange(100)).all()
    assert all(len(set(row)) == 5 for row in ids), "an index of an earlier build was searched too"


@pytest.mark.parametrize(("first", "then"), [
    (3, 2), (9, 2), (12, 11), (12, 3), (3, 12), (4, 1), (1, 4), (12, 1),
])
def test_fewer_parts_are_the_only_ones(build, search, rows, tmp_path, first, then):
    build(first)
    said = build(then)
    suffixes = numbered(then) if then > 1 else [""]
    assert names(tmp_path) == files(*suffixes)
    assert "removed" in said and "k.index" in said
    require_each_found_once(search, tmp_path / "out/k.index", rows)
    require_each_found_once(search, tmp_path / "out", rows)


def test_as_many_parts_remove_nothing(build, tmp_path):
    build(3)
    assert "removed" not in build(3)
    assert "removed" not in build(4)
    assert names(tmp_path) == files(*numbered(4))


def test_only_index_files_that_follow_are_removed(build, tmp_path):
    build(5)
    out = tmp_path / "out"
    (out / "k.index3").write_text("mine")
    said = build(2)
    # The third follows; the fourth is no index, and what is behind it does not follow.
    assert "k.index2" in said and "k.index3" not in said
    assert (out / "k.index3").read_text() == "mine" and (out / "k.index4").exists()
    assert not (out / "k.index2").exists() and not (out / "infos.json2").exists()


def test_indexes_of_other_builds_stay(vicinal, build, tmp_path):
    # Indexes that were built under names with digits are no parts: infos say which index is theirs.
    (tmp_path / "out").mkdir()
    for number in (0, 1):
        vicinal("build-index", "--embeddings", save(tmp_path / "y.npy", clustered(50, 8, seed=2)),
                "--index-path", tmp_path / f"out/k.index{number}", "--index-infos-path",
                tmp_path / f"out/other{number}.json", "--no-report", "--index-key", "Flat")
    said = build(1)
    assert {"k.index", "k.index0", "k.index1"} <= set(names(tmp_path)) and "removed" not in said
    # And where a search would take them for parts, that is said.
    assert "k.index0" in build(12)


def test_a_failed_build_leaves_the_earlier_one(vicinal, build, rows, tmp_path):
    build(3)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    broken = rows.copy()
    broken[10, 2] = np.nan
    save(tmp_path / "x.npy", broken)
    vicinal("build-index", "--embeddings", tmp_path / "x.npy", "--index-path",
            tmp_path / "out/k.index", "--index-infos-path", tmp_path / "out/infos.json",
            "--nb-indices-to-keep", 2, *OPTIONS, code=65)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_earlier", [False, True])
def test_an_interrupted_build_of_parts(binary, tmp_path, number, is_earlier):
    rows = clustered(40_000, 16, seed=3)
    save(tmp_path / "x.npy", rows)
    out = tmp_path / "out"
    out.mkdir()
    command = [
        binary, "build-index", "--embeddings", tmp_path / "x.npy", "--index-path",
        "out/k.index", "--index-infos-path", "out/infos.json", *OPTIONS]
    if is_earlier:
        subprocess.run([*command, "--nb-indices-to-keep", "2"], cwd=tmp_path, check=True,
                       capture_output=True, timeout=60)
        # As if of the same many parts.
        for name in ("k.index", "infos.json"):
            (out / f"{name}0").rename(out / f"{name}000")
            (out / f"{name}1").rename(out / f"{name}001")
        for page in out.glob("*.html"):
            page.unlink()
    before = sorted(path.name for path in out.iterdir())
    process = subprocess.Popen(
        [*command, "--nb-indices-to-keep", "400"], cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    while not (out / "k.index004").exists():
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    left = sorted(path.name for path in out.iterdir())
    assert left == before
    if is_earlier:
        assert "k.index000" in said and "k.index001" in said and "earlier" in said
    else:
        assert left == []
