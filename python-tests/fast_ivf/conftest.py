"""Tests here use what python-tests/package has in common."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "package"))
