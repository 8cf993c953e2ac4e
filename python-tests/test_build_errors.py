"""What `vicinal build-index` refuses, with the exit code that docs/command.md names."""

import os
import pathlib
import re

import numpy as np
import pytest
from support import clustered, save

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs/command.md"


@pytest.fixture
def refused(vicinal, data_path, tmp_path):
    """Runs a build that must fail: nothing on standard output, no file left, an error line."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(code, *options, embeddings=data_path):
        done = vicinal("build-index", "--embeddings", embeddings, *options, code=code, cwd=folder)
        assert done.stdout == ""
        assert "rror:" in done.stderr
        assert list(folder.iterdir()) == []
        return done.stderr

    return run


@pytest.mark.parametrize(("option", "code"), [
    ("--distributed=dask", 64), ("--nb_indices_to_keep=0", 64),
    ("--use_gpu=True", 64), ("--use-gpu", 64), ("--file_format=parquet_npy", 64),
])
def test_options_that_are_not_built_are_refused_by_name(refused, option, code):
    message = refused(code, option)
    name = option.split("=")[0]
    assert name in message or name.replace("_", "-") in message


@pytest.mark.parametrize("options", [
    ("--no-such-option",), ("--no_such_option=3",), ("--metric-type", "hamming"),
    ("--max-index-memory-usage", "lots"), ("--max-index-memory-usage=-1G",),
    ("--max-index-memory-usage", "1X"), ("--max-index-query-time-ms", "0"),
    ("--max-index-query-time-ms", "nan"), ("--target-recall", "1.5"), ("--target-recall", "nan"),
    ("--nb-cores", "0"), ("--nb-cores=-2",), ("--min-nearest-neighbors-to-retrieve", "0"),
    ("--make_direct_map=Maybe",), ("--index-param", "speed=3"), ("--index-param", "nprobe=0"),
    ("--index-param", "nprobe=2,nprobe=3"),
    ("--index-param", "nprobe"), ("--index-key", "Flap"), ("--index-key", "IVF,Flat"),
    ("--index-key", "IVF16"), ("--index-key", ""), ("--index-key", "HNSW0"),
    ("--index-key", "IVF0,Flat"), ("--index-key", "Flat,Flat"),
    ("--index-key", "IVF99999999999999999999,Flat"), ("--index-key", "IDMap"),
], ids=" ".join)
def test_wrong_usage(refused, options):
    refused(64, *options)


@pytest.mark.parametrize(("key", "parameter"), [
    ("Flat", "nprobe=4"), ("HNSW16", "nprobe=4"), ("IVF16,Flat", "efSearch=4"),
    ("Flat", "efSearch=9"), ("IVF16,Flat", "quantizer_efSearch=9"),
])
def test_parameters_of_another_kind_of_index(refused, key, parameter):
    message = refused((64, 69), "--index-key", key, "--index-param", parameter)
    assert parameter.split("=")[0].removeprefix("quantizer_") in message
    assert "add" not in message, "noticed only after the whole build"


@pytest.mark.parametrize("key", [
    "NSG16", "RQ4x4fs", "LSQ4x4fs", "IVF16,RQ4x4fs", "IVF16_NSG16,Flat", "EDEN4",
])
def test_keys_that_faiss_has_and_this_version_not(refused, key):
    assert re.search("NSG|RQ|LSQ|EDEN", refused(69, "--index-key", key))


def test_no_embeddings_option(vicinal, tmp_path):
    assert "--embeddings" in vicinal("build-index", code=64, cwd=tmp_path).stderr


def folder_of(path, *arrays):
    """A folder of numbered .npy files."""
    path.mkdir()
    for number, array in enumerate(arrays):
        save(path / f"{number}.npy", array)
    return path


def test_one_file_of_another_dimension(refused, tmp_path):
    parts = [clustered(20, d, seed=1) for d in (6, 6, 7)]
    message = refused(65, embeddings=folder_of(tmp_path / "in", *parts))
    assert "2.npy" in message and "6" in message and "7" in message


def test_a_file_that_is_cut_off(refused, tmp_path):
    folder = folder_of(tmp_path / "in", *[clustered(20, 6, seed=1)] * 2)
    whole = (folder / "1.npy").read_bytes()
    for length in (0, 5, 60, len(whole) - 1):
        (folder / "1.npy").write_bytes(whole[:length])
        assert "1.npy" in refused(65, embeddings=folder)
    (folder / "1.npy").write_bytes(whole + b"x")
    assert "1.npy" in refused(65, embeddings=folder)


@pytest.mark.parametrize("key", ["Flat", "IVF4,Flat", "HNSW8"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(refused, tmp_path, key, value):
    parts = [clustered(200, 6, seed=1).copy() for _ in range(2)]
    parts[1][57, 3] = value
    folder = folder_of(tmp_path / "in", *parts)
    assert "257" in refused(65, "--index-key", key, embeddings=folder)
    assert "257" in refused(65, "--index-key", key, "--metric-type", "cosine", embeddings=folder)


def test_doubles_beyond_floats(refused, tmp_path):
    rows = np.ones((20, 3))
    rows[4, 1] = 1e300
    assert "4" in refused(65, embeddings=folder_of(tmp_path / "in", rows))


@pytest.mark.parametrize("array", [
    np.zeros(9, "f4"), np.zeros((3, 3, 3), "f4"), np.zeros((3, 3), "c8"), np.zeros((3, 3), "U2"),
], ids=["1 axis", "3 axes", "complex", "text"])
def test_arrays_that_are_no_vectors(refused, tmp_path, array):
    assert "0.npy" in refused(69, embeddings=folder_of(tmp_path / "in", array))


def test_nothing_to_build_from(refused, tmp_path):
    assert "no embeddings" in refused(66, embeddings=folder_of(tmp_path / "empty"))
    refused(66, embeddings=folder_of(tmp_path / "rows", np.zeros((0, 4), "f4")))
    few = folder_of(tmp_path / "few", clustered(20, 4, seed=1))
    assert "20" in refused(66, "--index-key", "IVF64,Flat", embeddings=few)
    assert "missing" in refused(74, embeddings=tmp_path / "missing")
    assert "missing" in refused(74, embeddings=tmp_path / "missing.npy")


@pytest.mark.parametrize("option", ["--index-path", "--index-infos-path"])
def test_a_place_that_cannot_be_written_is_noticed_before_the_build(refused, tmp_path, option):
    pathlib.Path(tmp_path / "file").write_text("not a folder")
    message = refused(74, option, tmp_path / "file/x", "--index-key", "Flat")
    assert "file" in message
    assert "add" not in message, "noticed only after the whole build"


# A pipe of the test's own stands for all that is no file. Never name a device here: run as root, a
# command that gets this wrong replaces the device of the whole machine.
@pytest.mark.parametrize("place", ["folder", "folder/", "pipe"])
@pytest.mark.parametrize("option", ["--index-path", "--index-infos-path"])
def test_a_place_that_is_no_file_is_noticed_before_the_build(
    vicinal, data_path, tmp_path, option, place
):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    done = vicinal("build-index", "--embeddings", data_path, option, place, "--index-key", "Flat",
                   code=74, cwd=tmp_path)
    assert place in done.stderr and option[2:] in done.stderr and "building" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("options", [
    ("--index-path", "o", "--index-infos-path", "o"),
    ("--index-path", "o", "--index-infos-path", "./sub/../o"),
    ("--index-path", "in/a.npy"), ("--index-infos-path", "in/b.npy"),
    ("--index-path", "link.npy"), ("--index-path", ""), ("--index-infos-path", ""),
], ids=" ".join)
def test_files_replace_neither_each_other_nor_the_embeddings(vicinal, tmp_path, options):
    folder = folder_of(tmp_path / "in")
    (tmp_path / "sub").mkdir()
    for name in "ab":
        save(folder / f"{name}.npy", clustered(20, 4, seed=1))
    (tmp_path / "link.npy").symlink_to("in/a.npy")
    before = (folder / "a.npy").read_bytes()
    done = vicinal("build-index", "--embeddings", "in", *options, code=64, cwd=tmp_path)
    assert options[0][2:] in done.stderr or "index-infos-path" in done.stderr
    assert "building" not in done.stderr
    assert (folder / "a.npy").read_bytes() == before == (folder / "b.npy").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "link.npy", "sub"]


@pytest.mark.parametrize("cores", [10**6, 2**62, 2**63 - 1])
@pytest.mark.parametrize("key", ["Flat", "IVF16,Flat", "HNSW8"])
def test_absurdly_many_processors(build, search, tmp_path, key, cores):
    rows = clustered(500, 8, seed=4)
    index = tmp_path / "x.index"
    build(save(tmp_path / "x.npy", rows), index, "--index-key", key, "--nb-cores", cores)
    ids, _ = search(index, rows[:3], 5, "--nb-cores", cores)
    assert ids.shape == (3, 5)


def test_more_lists_than_vectors_or_memory(refused):
    options = ("--index-key", "IVF1073741824,Flat", "--max-index-memory-usage", "7E")
    message = refused(78, *options)
    assert "IVF1073741824,Flat over 5000 vectors" in message and "current-memory-available" in message
    assert "lists" in refused(66, "--index-key", "IVF6000,Flat")


def test_the_part_of_a_parameter_that_is_wrong_is_named(refused):
    for text, wrong in [("nprobe=4,speed=2048", "speed"), ("nprobe=4,efSearch=x", "efSearch=x"),
                        ("=", "="), ("nprobe=", "nprobe="), ("=4", "=4")]:
        message = refused(64, "--index-key", "IVF16,Flat", f"--index_param={text}")
        assert f"'{wrong}'" in message and "nprobe" in message


def test_a_bad_row_is_named_with_its_file(refused, tmp_path):
    parts = [clustered(200, 6, seed=1).copy() for _ in range(3)]
    parts[1][57, 3] = np.nan
    folder = folder_of(tmp_path / "in", *parts)
    for key in ("Flat", "IVF4,Flat"):
        message = refused(65, "--index-key", key, embeddings=folder)
        assert "row 57 of" in message and "1.npy" in message and "257" in message


def test_the_help_lists_the_documented_exit_codes(vicinal):
    codes = re.findall(r"^\| (\d+) \|", DOCS.read_text(), re.MULTILINE)
    assert codes == ["0", "64", "65", "66", "69", "70", "74", "78", "130"]
    shown = re.search(r"Exit codes:(.*?)\n\n", vicinal("--help").stdout, re.DOTALL)[1]
    assert [code for code in codes if not re.search(rf"\b{code}\b", shown)] == []


@pytest.mark.parametrize(("key", "place", "code"), [
    ("IVF16,,Flat", 7, 64), ("HNSW32,SQ8,RFlat,", 18, 64), ("PCA0,Flat", 1, 64),
    ("IVF99999999999999999999,Flat", 4, 64), ("HNSW8,6+PQ4", 7, 69), ("IVF16(RCQ2x3),Flat", 7, 64),
])
def test_factory_errors_point_at_the_character(refused, key, place, code):
    assert f"'{key}', character {place}:" in refused(code, "--index-key", key)


def test_what_no_file_can_hold_is_refused_before_it_is_built(refused):
    message = refused(69, "--index-key", "IVF16,LSH32r", "--metric-type", "l2")
    assert "LSH" in message and "k-means" not in message
