"""A library that does not fit the package is an ImportError that says so."""

import os
import re
import subprocess
import sys

import pytest

from support import ROOT
from under_test import vicinal

VERSION = vicinal._native.signatures.ABI_VERSION


@pytest.mark.parametrize("source, message", [
    ("int nothing(void) { return 0; }", "is not libvicinal"),
    (f"unsigned vicinal_abi_version(void) {{ return {VERSION + 1}; }}",
     f"has version {VERSION + 1} of the C interface, this package needs {VERSION}"),
    (f"unsigned vicinal_abi_version(void) {{ return {VERSION}; }}",
     r"is older than this package \(.*undefined symbol: vicinal_"),
    (None, "is missing: install the package with pip")])
def test_libraries_that_do_not_fit(source, message, tmp_path):
    path = tmp_path / "libvicinal.so"
    if source is not None:
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-"], input=source, text=True, check=True)
    run = subprocess.run(
        [sys.executable, "-c", "import vicinal.faiss"], capture_output=True, text=True,
        env={**os.environ, "VICINAL_LIBRARY": str(path), "PYTHONPATH": str(ROOT / "python")})
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode and last.startswith("ImportError")
    assert re.search(message, last), last
