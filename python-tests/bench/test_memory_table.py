"""bench/memory: what is set beside what, and that breaking the demand is told."""

import pytest


@pytest.fixture(scope="module")
def page(module):
    return module("memory/page.py")


def result(side, peak, **changes):
    return {"data": "set", "dimension": 64, "kind": "Flat", "side": side, "key": "Flat", "count": 1000,
            "batch": 100_000, "sample": 10_000, "training": 20_000, "peak": peak, "resident": 1_000_000,
            "settled": 900_000, "bytes": 800_000, "loaded": {"resident": 900_000, "peak": 900_000},
            "mapped": None, **changes}


def text(page, *results):
    about = {"date": "2026-01-01", "threads": 1, "batches": 10, "command": ""}
    return "\n".join(page.lines({"about": about, "results": list(results)}))


def test_the_peak_is_compared_with_a_batch_and_the_index(page):
    assert page.of_demand(result("vicinal", 990_000)) == pytest.approx(1.1)
    assert page.of_resident(result("vicinal", 1_000_000)) == pytest.approx(1.0)


def test_who_keeps_to_the_demand_is_praised_and_who_does_not_is_named(page):
    assert "at most 10% more than batch and file everywhere" in text(page, result("vicinal", 980_000), result("faiss", 5_000_000))
    broken = text(page, result("vicinal", 1_800_000))
    assert "- set `Flat`: 2.00 times batch and file, 0.9 MB more than both" in broken
    assert "everywhere" not in broken


def test_what_a_side_cannot_do_is_a_dash(page):
    [row] = page.rows([result("hnswlib", 1)])
    assert row.endswith("| 0.9 | – |")


def test_resident_memory_grows_and_its_peak_begins_anew(module):
    growth = module("peers/resident.py").Growth()
    held = bytearray(64 << 20)
    assert growth.now() >= 60 << 20
    del held
    assert growth.now() < 32 << 20 <= growth.peak()
    growth.restart_peak()
    assert growth.peak() < 32 << 20
