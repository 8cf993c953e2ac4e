"""Builds libvicinal with Swift and puts it into the wheel, which then needs neither Swift nor a
certain version of Python: py3-none-<platform>."""

import os
import pathlib
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = pathlib.Path(__file__).resolve().parent.parent


class BuildWithLibrary(build_py):
    """Links the library into the package; VICINAL_OBJECTS names objects that are there already."""

    def run(self):
        super().run()
        script = ROOT / "scripts/build-library"
        if not script.is_file():
            raise SystemExit(f"{script} is missing: build from a checkout of the repository")
        folder = pathlib.Path(self.build_lib).resolve() / "vicinal/_library"
        subprocess.run([script, folder], check=True, cwd=ROOT, env=dict(os.environ))


class Wheel(bdist_wheel):
    """A wheel for one platform and any Python."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": Wheel})
