"""AutoFaiss's own unit tests, one a row, and which of ours demand the same.

What AutoFaiss tests of its helpers (cutting arrays, a version) is asked of what has their place here.
"""

import re

import numpy as np
import pytest

from support import ROOT
from under_test import theirs, vicinal

PORTED = "python-tests/autofaiss/test_autofaiss_ported.py"
PACKAGE = "python-tests/package/test_vicinal.py"
HERE = "python-tests/package/test_autofaiss_table.py"
SPARK = "python-tests/spark"
DIVISION = "Tests/VicinalTuningTests/Parts/TaskDivisionTests.swift"

# AutoFaiss's test: the tests here, as (file, function).
TABLE = {
    "test_build (demands nothing)": [],
    "test_distributed::test_batch_loader": [(DIVISION, "everyNumberOfTasks")],
    "test_mem_efficient_flat_index": [(PORTED, "test_flat_index"), (HERE, "test_exact_search")],
    "test_np_quantize": [(PORTED, "test_np_quantize"), (PACKAGE, "test_identical_vectors")],
    "test_optimize::index_keys_v2": [(PORTED, "test_index_keys_v2"), (HERE, "test_index_keys")],
    "test_optimize::index_keys_v2_with_large_nb_vectors": [
        (PORTED, "test_index_keys_v2_with_large_nb_vectors")],
    "test_optimize::min_param_value_for_best_neighbors_coverage": [
        (PORTED, "test_min_param_value_for_best_neighbors_coverage"),
        (HERE, "test_enough_neighbours_are_found")],
    "test_optimize::get_optimal_hyperparameters": [
        (PORTED, "test_get_optimal_hyperparameters")],
    "test_quantize::test_quantize": [
        (PORTED, "test_quantize"), (PACKAGE, "test_build_tune_score"), (PACKAGE, "test_parquet")],
    "test_quantize::with_ids": [(PORTED, "test_quantize_with_ids"), (PACKAGE, "test_parquet")],
    "test_quantize::with_pyspark": [(f"{SPARK}/test_same_as_one_machine.py", "test_local_mode")],
    "test_quantize::with_multiple_inputs": [
        (PORTED, "test_quantize_with_multiple_inputs"),
        (PACKAGE, "test_autofaiss_several_inputs_and_empty_ones")],
    "test_quantize::with_empty_file": [
        (PORTED, "test_quantize_with_empty_file"),
        (PACKAGE, "test_autofaiss_several_inputs_and_empty_ones")],
    "test_quantize::with_empty_and_non_empty_files": [
        (PORTED, "test_quantize_with_empty_and_non_empty_files"),
        (PACKAGE, "test_autofaiss_several_inputs_and_empty_ones")],
    "test_index_correctness_in_distributed_mode": [
        (f"{SPARK}/test_steps.py", "test_answers_are_those_of_an_exact_index")],
    "test_index_correctness_in_distributed_mode_with_multiple_indices": [
        (PORTED, "test_index_correctness_with_multiple_indices")],
    "test_build_partitioned_indexes": [
        (PORTED, "test_build_partitioned_indexes"),
        (f"{SPARK}/test_partitions.py", "test_small_and_big_partitions")],
    "test_scoring_tuning": [
        (PORTED, "test_scoring_tuning"),
        (PACKAGE, "test_autofaiss_scoring_and_tuning_of_identical_vectors")],
    "test_utils (cutting arrays)": [(DIVISION, "everyNumberOfTasks"), (DIVISION, "sameParts")],
    "test_version": [(HERE, "test_version")],
}


@pytest.mark.parametrize("name", TABLE)
def test_each_has_its_test(name):
    for file, function in TABLE[name]:
        text = (ROOT / file).read_text()
        assert re.search(rf"(?m)^\s*(def|func) {function}\(", text), f"{file}: {function}"


def random(n, d, seed=1):
    return np.random.default_rng(seed).random((n, d), dtype=np.float32)


@pytest.mark.parametrize("n", [1, 10, 3000])
@pytest.mark.parametrize("k", [1, 10, 101])
def test_exact_search(n, k):
    rows, queries = random(n, 16), random(100, 16, seed=2)
    index, _ = vicinal.build_index(rows, save_on_disk=False, index_key="Flat")
    exact = theirs.IndexFlatIP(16)
    exact.add(rows)
    for count in (1, 10, 100):
        distances, ids = index.search(queries[:count], k)
        wanted, wanted_ids = exact.search(queries[:count], k)
        assert ((ids < 0) == (wanted_ids < 0)).all()
        full = ids >= 0
        np.testing.assert_allclose(distances[full], wanted[full], atol=2**-13, rtol=0)


@pytest.mark.parametrize("n, bound", [(10, "1M"), (200, "1G")])
def test_index_keys(n, bound):
    _, infos = vicinal.build_index(
        random(n, 10), save_on_disk=False, should_be_memory_mappable=True,
        max_index_memory_usage=bound, max_index_query_time_ms=0.001)
    assert "IVF" in infos["index_key"]


def test_enough_neighbours_are_found():
    rows = random(1500, 16)
    index, _ = vicinal.build_index(
        rows, save_on_disk=False, index_key="HNSW15", metric_type="l2", target_recall=0,
        min_nearest_neighbors_to_retrieve=300)
    assert (index.search(rows[:200], 300)[1] >= 0).mean() >= 0.98


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", vicinal.__version__)
