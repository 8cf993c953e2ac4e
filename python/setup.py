"""Builds libvicinal with Swift and puts it into the wheel, which then needs neither Swift nor a
certain version of Python: py3-none-manylinux_…, named for the glibc that the library needs."""

import os
import pathlib
import platform
import re
import subprocess

from setuptools import Distribution, setup
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


def platform_tag(plain, library):
    """The tag of a library's platform: on Linux with the version of glibc that has everything that the
    library asks for (PEP 600)."""
    if not plain.startswith("linux_") or platform.libc_ver()[0] != "glibc":
        return plain
    asked = re.findall(rb"\0GLIBC_(\d+)\.(\d+)", library.read_bytes())
    major, minor = max((int(first), int(second)) for first, second in asked)
    return plain.replace("linux_", f"manylinux_{major}_{minor}_", 1)


class WithLibrary(Distribution):
    """A package that belongs where packages for one platform are."""

    def has_ext_modules(self):
        return True


class Wheel(bdist_wheel):
    """A wheel for one platform and any Python."""

    def get_tag(self):
        built = pathlib.Path(self.get_finalized_command("build_py").build_lib)
        library = built.resolve() / "vicinal/_library/libvicinal.so"
        return "py3", "none", platform_tag(super().get_tag()[2], library)


setup(distclass=WithLibrary, cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": Wheel})
