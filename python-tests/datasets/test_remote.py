"""Embeddings, indexes and ids on servers: a local S3 server, and what happens without a server."""

import io
import json
import os
import pathlib
import signal
import subprocess
import time

import faiss
import numpy as np
import pyarrow.parquet as pq
import pytest
from parquet_files import vectors, write
from support import clustered, save, save_vecs

OUT = ("--index-path", "s3://vicinal/out/k.index", "--index-infos-path", "s3://vicinal/out/k.json")


def npy(array):
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def stored(s3, key="out/k.index"):
    """The vectors of a flat index on the server."""
    index = faiss.deserialize_index(np.frombuffer(s3.get(key), "u1"))
    return index.reconstruct_n(0, index.ntotal)


def test_from_s3_to_s3(vicinal, build, s3, tmp_path):
    rows = clustered(2000, 16, seed=1)
    names = ["10.parquet", "9.parquet", "deep/er é/a b.parquet", "deep/z.parquet"]
    for number, (name, part) in enumerate(zip(names, np.split(rows, 4), strict=True)):
        ids = np.arange(number * 500, number * 500 + 500) * 3
        file = write(tmp_path / "in" / name, {"url": ids.astype(str), "embedding": vectors(part)},
                     row_group_size=130)
        s3.put(f"in/{name}", file.read_bytes())
    options = ("--file-format", "parquet", "--metric-type", "l2", "--index-key", "IVF16,Flat",
               "--index-param", "nprobe=4")
    vicinal("build-index", "--embeddings", "s3://vicinal/in/", *options, *OUT, "--id-columns", "url",
            "--ids-path", "s3://vicinal/out/ids")
    build(tmp_path / "in", tmp_path / "here.index", *options)
    assert s3.get("out/k.index") == (tmp_path / "here.index").read_bytes()
    assert json.loads(s3.get("out/k.json"))["index_path"] == "s3://vicinal/out/k.index"
    [part] = s3.keys("out/ids/")
    ids = pq.read_table(io.BytesIO(s3.get(part)))
    assert ids["url"].to_pylist() == [str(3 * i) for i in ids["i"].to_pylist()]
    assert s3.keys("out/") == [part, "out/k.html", "out/k.index", "out/k.json"]
    assert s3.uploads() == []
    # And back: another build replaces all of it.
    (tmp_path / "in/10.parquet").unlink()
    s3.client.delete_object(Bucket="vicinal", Key="in/10.parquet")
    vicinal("build-index", "--embeddings", "s3://vicinal/in", *options, *OUT, "--id-columns", "url",
            "--ids-path", "s3://vicinal/out/ids/")
    # Arrow keeps a folder alive when a file of it is deleted, by an empty object of its name.
    [again] = [key for key in s3.keys("out/ids/") if not key.endswith("/")]
    assert again != part and len(pq.read_table(io.BytesIO(s3.get(again)))) == 1500


@pytest.mark.parametrize("array", [
    clustered(700, 6, seed=2), clustered(700, 6, seed=2).astype("f2"),
    clustered(700, 6, seed=2).astype(">f8"), np.asfortranarray(clustered(700, 6, seed=2)),
    np.asfortranarray(clustered(700, 6, seed=2).astype("i2")),
], ids=["f4", "f2", "big-endian f8", "fortran f4", "fortran i2"])
def test_numpy_files_of_every_kind(vicinal, s3, array):
    s3.put("in/a.npy", npy(array[:300]))
    s3.put("in/b.npy", npy(array[300:]))
    vicinal("build-index", "--embeddings", "s3://vicinal/in", "--index-key", "Flat", *OUT)
    np.testing.assert_array_equal(stored(s3), array.astype("f4"))


@pytest.mark.parametrize(("suffix", "dtype"), [("fvecs", "<f4"), ("bvecs", "u1"), ("ivecs", "<i4")])
def test_vecs_files(vicinal, s3, tmp_path, suffix, dtype):
    rows = np.abs(clustered(200, 6, seed=2)).round()
    s3.put(f"in/a.{suffix}", save_vecs(tmp_path / "a", rows, dtype).read_bytes())
    vicinal("build-index", "--embeddings", "s3://vicinal/in", "--file-format", suffix,
            "--index-key", "Flat", *OUT)
    np.testing.assert_array_equal(stored(s3), rows)


def test_only_what_is_needed_of_a_large_file_is_fetched(vicinal, build, s3, tmp_path):
    rows = np.ones((400_000, 32), "f4")
    rows[:, 0] = np.arange(len(rows))
    uri = s3.put("in/a.npy", npy(rows))
    build(save(tmp_path / "few.npy", rows[:100]), tmp_path / "x.index", "--index-key", "Flat")
    s3.requests()
    vicinal("search", "--index-path", tmp_path / "x.index", "--queries", uri, "--limit", 20, "-k", 1)
    asked = [line for line in s3.requests() if "GET /vicinal/in/a.npy" in line]
    assert 1 <= len(asked) <= 3 and all(" 206 " in line for line in asked), asked


def test_index_files_on_a_server(vicinal, s3, tmp_path):
    rows = clustered(500, 8, seed=3)
    index = faiss.index_factory(8, "IVF8,Flat")
    index.train(rows)
    index.add(rows)
    faiss.write_index(index, str(tmp_path / "x"))
    s3.put("x.index", (tmp_path / "x").read_bytes())
    queries = s3.put("q.npy", npy(rows[:10]))
    for options in ((), ("--memory-map",)):
        vicinal("search", "--index-path", "s3://vicinal/x.index", "--queries", queries, "-k", 3,
                "--param", "nprobe=8", "--output-ids", "s3://vicinal/ids.npy", *options)
        ids = np.load(io.BytesIO(s3.get("ids.npy")))
        assert ids.shape == (10, 3)
        np.testing.assert_array_equal(ids[:, 0], np.arange(10))
    assert "IndexIVFFlat" in vicinal("describe", "s3://vicinal/x.index").stdout
    all_rows = s3.put("all.npy", npy(rows))
    vicinal("score-index", "--index-path", "s3://vicinal/x.index", "--embeddings", all_rows,
            "--param", "nprobe=8", "--output-index-info-path", "s3://vicinal/scores.json")
    assert json.loads(s3.get("scores.json"))["20-recall@20"] == 1.0
    s3.put("bad.index", (tmp_path / "x").read_bytes()[:-1])
    assert "s3://vicinal/bad.index" in vicinal("describe", "s3://vicinal/bad.index", code=65).stderr


def test_uploads_of_several_parts(vicinal, s3, tmp_path):
    rows = np.random.default_rng(1).normal(size=(200_000, 32)).astype("f4")
    vicinal("build-index", "--embeddings", save(tmp_path / "a.npy", rows), "--index-key", "Flat",
            *OUT, timeout=120)
    assert len(s3.get("out/k.index")) > 25_000_000
    np.testing.assert_array_equal(stored(s3), rows)
    assert s3.uploads() == []


def test_options_in_the_uri_instead_of_the_environment(vicinal, s3, monkeypatch):
    host = s3.url.removeprefix("http://")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    s3.put("in/a.npy", npy(np.eye(4, dtype="f4")))
    uri = f"s3://key:hidden@vicinal/in?endpoint_override={host}&scheme=http&region=us-east-1"
    done = vicinal("build-index", "--embeddings", uri, "--index-key", "Flat", "--no-save-on-disk")
    assert "vectors          4 × 4" in done.stdout
    missing = vicinal("build-index", "--embeddings", uri.replace("/in?", "/none?"), code=74)
    assert "s3://vicinal/none does not exist" in missing.stderr
    wrong = vicinal("build-index", "--embeddings", uri + "&bogus=1", code=74)
    assert "bogus" in wrong.stderr
    for text in (done.stderr, missing.stderr, wrong.stderr):
        assert "hidden" not in text


def test_what_is_not_there_is_noticed_before_the_build(vicinal, s3, tmp_path):
    data = save(tmp_path / "a.npy", np.eye(4, dtype="f4"))
    for options in (("--index-path", "s3://nobucket/x"), ("--index-infos-path", "s3://nobucket/x")):
        done = vicinal("build-index", "--embeddings", data, *options, code=74, cwd=tmp_path)
        assert "nobucket" in done.stderr and "building" not in done.stderr
    s3.put("folder/x", b"")
    done = vicinal("build-index", "--embeddings", data, "--index-path", "s3://vicinal/folder",
                   code=74, cwd=tmp_path)
    assert "folder" in done.stderr
    done = vicinal("build-index", "--embeddings", data, "--index-path", "s3://vicinal/k",
                   "--index-infos-path", "s3a://vicinal//k", code=64, cwd=tmp_path)
    assert "index-infos-path" in done.stderr
    assert s3.keys() == ["folder/x"] and s3.uploads() == []
    s3.put("in/bad.npy", npy(np.eye(4))[:-3])
    done = vicinal("build-index", "--embeddings", "s3://vicinal/in", code=65, cwd=tmp_path)
    assert "s3://vicinal/in/bad.npy" in done.stderr and "cut off" in done.stderr
    done = vicinal("build-index", "--embeddings", "s3://vicinal/folder", code=66, cwd=tmp_path)
    assert "no embeddings" in done.stderr


def test_a_bad_row_is_named_with_its_uri(vicinal, s3):
    rows = clustered(100, 4, seed=1)
    rows[57, 2] = np.nan
    s3.put("in/a.npy", npy(clustered(100, 4, seed=1)))
    s3.put("in/b.npy", npy(rows))
    done = vicinal("build-index", "--embeddings", "s3://vicinal/in", "--index-key", "Flat", *OUT,
                   code=65)
    assert "row 57 of s3://vicinal/in/b.npy" in done.stderr and "157" in done.stderr
    assert s3.keys("out/") == [] and s3.uploads() == []


def test_interrupted_work_leaves_nothing_on_the_server(binary, s3, tmp_path):
    rows = np.random.default_rng(1).normal(size=(100_000, 64)).astype("f4")
    data = save(tmp_path / "a.npy", rows)
    process = subprocess.Popen(
        [binary, "build-index", "--embeddings", data, "--index-key", "HNSW32", *OUT],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr:
        if line.startswith("link"):
            break
    process.send_signal(signal.SIGINT)
    process.stderr.read()
    assert process.wait(timeout=60) == 130
    assert s3.keys() == [] and s3.uploads() == []


def test_file_uris(vicinal, tmp_path):
    (tmp_path / "a b").mkdir()
    save(tmp_path / "a b/x.npy", np.eye(4, dtype="f4"))
    place = (tmp_path / "a b").as_uri()
    assert "%20" in place
    vicinal("build-index", "--embeddings", place, "--index-key", "Flat", "--index-path",
            f"{place}/k.index", "--index-infos-path", f"file://{tmp_path}/k.json")
    assert faiss.read_index(str(tmp_path / "a b/k.index")).ntotal == 4
    assert (tmp_path / "k.json").exists()
    done = vicinal("search", "--index-path", f"{place}/k.index", "--queries", f"{place}/x.npy",
                   "-k", 1)
    assert "query 3: 3" in done.stdout


@pytest.mark.parametrize(("uri", "words"), [
    ("hdfs://localhost:9/user/x", ["hdfs://localhost:9/user/x", "JAVA_HOME", "CLASSPATH"]),
    ("viewfs://cluster/x", ["viewfs://cluster/x"]),
    ("gs://vicinal-no-such-bucket/x", ["gs://vicinal-no-such-bucket/x"]),
])
def test_servers_that_cannot_be_reached_are_an_error_within_seconds(
    vicinal, tmp_path, monkeypatch, uri, words
):
    for name in ("JAVA_HOME", "HADOOP_HOME", "CLASSPATH", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    # No look at a cloud's own server of credentials: the name of this one resolves nowhere.
    monkeypatch.setenv("GCE_METADATA_ROOT", "127.0.0.1:9")
    monkeypatch.setenv("VICINAL_REMOTE_TIMEOUT", "6")
    data = save(tmp_path / "a.npy", np.eye(4, dtype="f4"))
    for options in (("--embeddings", uri), ("--embeddings", data, "--index-path", uri)):
        began = time.monotonic()
        done = vicinal("build-index", *options, code=74, cwd=tmp_path)
        assert time.monotonic() - began < 15
        assert all(word in done.stderr for word in words), done.stderr
        assert len(done.stderr) < 1500
    assert sorted(os.listdir(tmp_path)) == ["a.npy"]


def test_a_server_that_does_not_answer(vicinal, tmp_path, monkeypatch):
    # Takes connections and says nothing.
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("VICINAL_REMOTE_TIMEOUT", "2")
        began = time.monotonic()
        done = vicinal("build-index", "--embeddings", "s3://vicinal/x", code=74, cwd=tmp_path)
    assert "no answer within 2 seconds" in done.stderr
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("uri", ["http://localhost/x.npy", "ftp://x/y", "abfs://c@x/y", "s3://"])
def test_places_that_are_none(vicinal, tmp_path, uri):
    data = save(tmp_path / "a.npy", np.eye(4, dtype="f4"))
    for options in (("--embeddings", uri), ("--embeddings", data, "--index-path", uri)):
        done = vicinal("build-index", *options, code=(64, 69), cwd=tmp_path)
        assert uri.split(":")[0] in done.stderr
    assert sorted(path.name for path in pathlib.Path(tmp_path).iterdir()) == ["a.npy"]
