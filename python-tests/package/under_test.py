"""The Python package with the library of the build under test, beside faiss."""

import os
import sys

from support import ROOT, library_folder

os.environ["VICINAL_LIBRARY"] = str(library_folder() / "libvicinal.so")
sys.path.insert(0, str(ROOT / "python"))

import faiss as theirs  # noqa: E402

import vicinal  # noqa: E402
from vicinal import faiss as ours  # noqa: E402

BOTH = (ours, theirs)
__all__ = ["BOTH", "ours", "theirs", "vicinal"]
