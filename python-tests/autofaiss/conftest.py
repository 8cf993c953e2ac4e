"""Fixtures of the tests that compare with AutoFaiss."""

import pytest


@pytest.fixture(scope="session")
def quickly(vicinal):
    """Options that keep choosing by measurement short, where the command measures."""
    known = "--max-build-time" in vicinal("help", "build-index").stdout
    return ("--max-build-time=2",) if known else ()
