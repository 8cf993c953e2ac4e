"""Fixtures: the vicinal binary, seeded data, and indexes that several tests look at."""

import json
import os
import pathlib
import subprocess
import sys

import faiss
import pytest

import support

ROOT = pathlib.Path(__file__).resolve().parent.parent

# faiss's matrix product rounds squared distances; below this many queries it compares directly.
faiss.cvar.distance_compute_blas_threshold = 1 << 30
# Threads of OpenMP that wait for each other are slow on a machine that has other work.
faiss.omp_set_num_threads(1)


def pytest_runtest_logreport(report):
    """Names what failed at once: a run that is cut off later never comes to its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when})", file=sys.stderr, flush=True)


def binary_folder():
    """Where the built binary lies: VICINAL_BIN_DIR, else SwiftPM's folder of release builds."""
    if folder := os.environ.get("VICINAL_BIN_DIR"):
        return pathlib.Path(folder)
    shown = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(shown.stdout.strip())


@pytest.fixture(scope="session")
def binary():
    """The path of the built command."""
    path = binary_folder() / "vicinal"
    assert path.exists(), f"{path} is missing; run swift build -c release"
    return path


@pytest.fixture(scope="session")
def vicinal(binary):
    """Runs the command and requires an exit code, or one of several; None is any."""

    def run(*arguments, code=0, timeout=60, cwd=None, environment=None):
        done = subprocess.run(
            [binary, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=timeout, cwd=cwd, env=environment)
        if code is not None:
            allowed = code if isinstance(code, tuple) else (code,)
            assert done.returncode in allowed, (
                f"{' '.join(map(str, arguments))}\nexited {done.returncode}, expected {code}\n"
                f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    return run


@pytest.fixture(scope="session")
def build(vicinal):
    """Builds an index quietly and returns what index_infos.json would hold."""

    def run(embeddings, index_path, *options, **settings):
        saving = () if index_path else ("--no-save-on-disk",)
        if index_path:
            saving = ("--index-path", index_path, "--index-infos-path", f"{index_path}.json")
        done = vicinal(
            "build-index", "--embeddings", embeddings, *saving, "--json", "--verbose", 40,
            *options, **settings)
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def search(vicinal, tmp_path_factory):
    """Searches an index file and returns ids and distances as matrices."""
    folder = tmp_path_factory.mktemp("search")

    def run(index_path, queries, k, *options):
        ids, distances = folder / "ids.npy", folder / "distances.npy"
        path = support.save(folder / "queries.npy", queries)
        vicinal(
            "search", "--index-path", index_path, "--queries", path, "-k", k,
            "--output-ids", ids, "--output-distances", distances, *options)
        return support.load(ids, "<i8"), support.load(distances, "<f4")

    return run


@pytest.fixture(scope="session")
def data():
    """5000 clustered vectors of dimension 48, and 200 queries from the same clusters."""
    return support.clustered(5000, 48, seed=1), support.clustered(200, 48, seed=1, part=1)


@pytest.fixture(scope="session")
def data_path(data, tmp_path_factory):
    """The vectors of `data` as a file."""
    return support.save(tmp_path_factory.mktemp("data") / "vectors.npy", data[0])


@pytest.fixture(scope="session")
def built(build, data_path, tmp_path_factory):
    """An index file over `data`, built once for each key and metric."""
    folder = tmp_path_factory.mktemp("built")
    made = {}

    def path(key, metric):
        if (key, metric) not in made:
            file = folder / f"{key.replace(',', '-')}.{metric}.index"
            build(
                data_path, file, "--index-key", key, "--metric-type", metric,
                *support.parameters(key))
            made[key, metric] = file
        return made[key, metric]

    return path
