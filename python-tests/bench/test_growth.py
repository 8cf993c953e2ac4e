"""bench/growth: laws are found again, speeds compared at equal recall, and the page says what was measured."""

import pytest


@pytest.fixture(scope="module")
def laws(module):
    return module("growth/laws.py")


@pytest.fixture(scope="module")
def page(module):
    return module("growth/page.py")


def point(recall, microseconds, parameters=""):
    both = {"wall": microseconds, "processor": microseconds}
    return {"parameters": parameters, "recall": recall, "batch": both, "alone": both}


def result(kind, count, *, cost=1.0):
    return {"kind": kind, "key": kind, "count": count, "train": 0.0, "add": cost, "processor": cost,
            "peak": 300 * count, "resident": 290 * count, "bytes": 256 * count,
            "ladders": [[point(0.95, 1e-3 * count)]]}


@pytest.mark.parametrize("exponent", [0, 0.5, 1, 1.37])
def test_a_power_is_found_again(laws, exponent):
    law = laws.fitted([(count, 3 * count ** exponent) for count in (1000, 3000, 100_000)])
    assert law.exponent == pytest.approx(exponent) and law.factor == pytest.approx(3)
    assert law(10 ** 9) == pytest.approx(3 * 10 ** (9 * exponent))


def test_one_size_is_no_law(laws):
    with pytest.raises(ValueError, match="two sizes"):
        laws.fitted([(1000, 1), (1000, 2)])


def test_time_at_a_recall_lies_between_settings_whatever_ladder_they_are_of(laws):
    def at(wanted, *ladders):
        return laws.microseconds_at(ladders, wanted, "batch", "processor")

    ladder = [point(0.8, 10), point(1.0, 40)]
    assert at(0.9, ladder) == pytest.approx(20)
    assert at(0.7, ladder) == pytest.approx(10)
    assert at(0.9, [point(0.8, 10)]) is None
    # A setting that is both slower and worse than one of another ladder does not count.
    assert at(0.9, [*ladder, point(0.85, 1000)], [point(0.9, 15)]) == pytest.approx(15)
    assert laws.cheapest([[point(0.8, 1), point(0.95, 9, "dear")], [point(0.92, 5, "cheap")]], 0.9)[
        "parameters"] == "cheap"
    assert laws.cheapest([[point(0.8, 1)]], 0.9) is None


def test_laws_are_of_the_larger_sizes_only(laws):
    results = [result("Flat", 1000, cost=99), result("Flat", 10_000), result("Flat", 100_000, cost=10)]
    found = laws.laws(results, 0.9, 10_000)
    assert found["Flat"]["build"].exponent == pytest.approx(1)
    assert found["Flat"]["batch"].exponent == pytest.approx(1)
    assert laws.sizes(results, "Flat")["peak"](10 ** 9) == pytest.approx(300e9)
    one, together = laws.prediction(found["Flat"]["build"], 10 ** 8, 10)
    assert one == pytest.approx(1000) and together == pytest.approx(10_000)


@pytest.fixture
def measured():
    results = [result("Flat", 10_000), result("Flat", 100_000, cost=10),
               {**result("HNSW", 100_000), "ladders": [[point(0.5, 1)]]}]
    about = {"date": "2026-01-01", "processor": "P", "processors": 2, "threads": 1, "dimension": 64,
             "recall": 0.9, "fit_from": 10_000, "command": ""}
    return {"about": about, "results": results}


def test_the_page(page, measured):
    text = "\n".join(page.lines(measured, "plots.svg"))
    assert "](plots.svg)" in text and "not reached" in text and "1,000,000,000" in text
    assert "| Flat | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 |" in text


def test_the_plot_is_the_same_bytes_each_time(page, measured, tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("a.svg", "b.svg"):
        page.plot(measured, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_numbers_for_people(page):
    assert [page.duration(value) for value in (2e-6, 0.0032, 1.5, 90, 7200, 200_000)] == [
        "2 µs", "3.2 ms", "1.5 s", "1.5 min", "2 h", "2.31 days"]
    assert [page.size(value) for value in (3e3, 2.5e6, 25.6e9, 1.2e12)] == [
        "3 kB", "2.5 MB", "25.6 GB", "1.2 TB"]
