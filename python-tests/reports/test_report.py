"""The page that build-index writes, and what index_infos.json says beside AutoFaiss's keys."""

import html.parser
import json
import xml.etree.ElementTree

import pytest
from support import clustered, save

# Elements of HTML that have no end.
VOID = {"meta", "wbr"}


class Page(html.parser.HTMLParser):
    """Reads a page as a browser would: counts elements, collects text, checks the nesting."""

    def __init__(self, text):
        super().__init__()
        self.open, self.counts, self.links, self.text = [], {}, [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def chosen(vicinal, data_path, tmp_path_factory):
    """A folder with an index that was chosen by measuring, its infos and its page."""
    folder = tmp_path_factory.mktemp("chosen")
    vicinal(
        "build_index", f"--embeddings={data_path}", "--index_path=out & more/<knn>.index",
        "--index_infos_path=out & more/index_infos.json", "--metric_type=l2",
        "--max_index_memory_usage=2M", "--target-recall", "0.9", "--verbose=40", cwd=folder,
        timeout=300)
    return folder / "out & more"


@pytest.fixture
def infos(chosen):
    """What index_infos.json of `chosen` says."""
    return json.loads((chosen / "index_infos.json").read_text())


def test_the_page_stands_alone_and_is_well_formed(chosen):
    text = (chosen / "index_report.html").read_text()
    xml.etree.ElementTree.fromstring(text)
    page = Page(text)
    assert page.links == [] and "http:" not in text and "https:" not in text
    assert page.counts["svg"] == 2 and "script" not in page.counts
    assert "prefers-color-scheme: dark" in text


def test_texts_are_escaped(chosen):
    text = (chosen / "index_report.html").read_text()
    assert "<knn>" not in text
    page = Page(text)
    assert 'faiss.read_index("out & more/<knn>.index")' in page.text
    assert "--index-path 'out & more/<knn>.index'" in page.text


def test_the_page_shows_every_point_and_candidate(chosen, infos):
    page = Page((chosen / "index_report.html").read_text())
    for candidate in infos["selection"]["candidates"]:
        assert candidate["key"] in page.text
    for point in infos["operating_points"]:
        assert point["parameters"] in page.text
    drawn = sum(len(candidate["predictedPoints"] or candidate["samplePoints"])
                for candidate in infos["selection"]["candidates"])
    # Two sizes of the chart, each with a ring around the setting in the file.
    assert page.counts["circle"] == 2 * (drawn + len(infos["operating_points"]) + 1)
    assert infos["selection"]["chosenKey"] in page.text
    for step in infos["steps"]:
        assert step["step"] in page.text


def test_the_infos_are_complete(chosen, infos):
    assert infos["size in bytes"] == (chosen / "<knn>.index").stat().st_size <= 2 << 20
    assert infos["predicted size in bytes"] == pytest.approx(infos["size in bytes"], rel=0.01)
    assert infos["predicted memory in bytes"] > 0
    for k in (1, 10, 20, 100):
        low, high = infos[f"recall@{k} interval"]
        assert 0 <= low <= infos[f"recall@{k}"] <= high <= 1
    assert infos["recall@10"] == pytest.approx(infos["10-recall@10"], abs=1e-9)
    assert (0 < infos["50p_search_speed_ms"] <= infos["95p_search_speed_ms"]
            <= infos["99p_search_speed_ms"])
    assert infos["queries"] == {"count": 1000, "given": False, "timed_k": 40}
    assert infos["bounds"]["max_index_memory_usage"] == 2 << 20
    assert infos["bounds"]["target_recall"] == 0.9
    assert set(infos["versions"]) == {"vicinal", "kernels", "swift"}
    assert infos["seed"] == 1234
    assert infos["selection"]["chosenKey"] == infos["index_key"]
    steps = {step["step"]: step["seconds"] for step in infos["steps"]}
    assert {"open the embeddings", "tune", "write"} <= set(steps)
    assert sum(steps.values()) == pytest.approx(infos["build_seconds"], rel=0.1, abs=0.1)
    # Sorted keys, no NaN: strict parsers read it.
    text = (chosen / "index_infos.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert list(infos) == sorted(infos)


def test_where_the_page_goes(vicinal, tmp_path):
    path = save(tmp_path / "x.npy", clustered(300, 8, seed=4))

    def build(name, *options, code=0):
        folder = tmp_path / name
        folder.mkdir()
        vicinal("build-index", "--embeddings", path, "--index-key", "Flat", "--verbose", 40,
                *options, cwd=folder, code=code)
        return {file.name for file in folder.iterdir()}

    two = {"knn.index", "index_infos.json"}
    assert build("default") == two | {"index_report.html"}
    assert build("named", "--report", "a.html") == two | {"a.html"}
    assert build("none", "--no-report") == two
    assert build("python", "--no_report=True") == two
    assert build("infos", "--index-infos-path", "x.json") == {"knn.index", "x.json", "x.html"}
    assert build("memory", "--no-save-on-disk") == set()
    assert build("both", "--report", "a.html", "--no-report", code=64) == set()
    assert build("same", "--report", "knn.index", code=64) == set()
    assert build("folder", "--report", "no/such/a.html") == two | {"no"}
