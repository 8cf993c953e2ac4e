"""The examples of docs/python.md and python/README.md run."""

import re

import pytest

from support import ROOT
from under_test import vicinal  # noqa: F401

EXAMPLES = [
    (name, block) for name in ("docs/python.md", "python/README.md")
    for block in re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.S)]


@pytest.mark.parametrize("name, block", EXAMPLES, ids=[f"{n} {i}" for i, (n, _) in enumerate(
    EXAMPLES)])
def test_example(name, block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(block, {})


def test_there_are_examples():
    assert len(EXAMPLES) >= 4
