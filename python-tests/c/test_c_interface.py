"""The C interface, tested by a C program and by what can be said about the library file."""

import pathlib
import re
import shutil
import subprocess

import pytest

from support import ROOT, library_folder

HERE = pathlib.Path(__file__).parent
HEADERS = sorted((ROOT / "Sources/CVicinal/include").glob("vicinal*.h"))
PUBLIC = [path for path in HEADERS if path.name != "vicinal_internal.h"]


@pytest.fixture(scope="session")
def library():
    return library_folder()


@pytest.fixture(scope="session")
def program(library, tmp_path_factory):
    path = tmp_path_factory.mktemp("c") / "interface"
    subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-o", path,
         f"-I{library}/include", *sorted(HERE.glob("*.c")), f"-L{library}", "-lvicinal", "-lm",
         "-lpthread", f"-Wl,-rpath,{library}"], check=True)
    return path


def declared():
    """The functions that the headers declare."""
    text = "\n".join(path.read_text() for path in PUBLIC)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"\b(vicinal_\w+)\(", text))


def test_every_function_works_and_misuse_is_an_error(program, tmp_path):
    run = subprocess.run([program, tmp_path], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"(\d+) checks, 0 failures", run.stdout)[1]) > 600


def test_the_program_calls_every_function():
    called = "\n".join(path.read_text() for path in HERE.glob("*.c"))
    assert sorted(name for name in declared() if f"{name}(" not in called) == []


def test_the_library_has_the_declared_functions_and_no_others(library):
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", library / "libvicinal.so"], check=True,
        capture_output=True, text=True).stdout
    # Local ones count too: they are as visible in lists of symbols, and take room.
    assert sorted(line.split()[2] for line in listed.splitlines()) == sorted(declared())


def test_the_library_needs_no_swift_installed(library):
    listed = subprocess.run(
        ["ldd", library / "libvicinal.so"], check=True, capture_output=True, text=True).stdout
    names = {line.split()[0].split("/")[-1] for line in listed.splitlines()}
    system = {"linux-vdso.so.1", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libc.so.6",
              "libpthread.so.0", "libdl.so.2", "librt.so.1"}
    assert {name for name in names if not name.startswith("ld-linux")} <= system


@pytest.mark.parametrize("language", ["c99", "c++17"])
def test_headers_compile_on_their_own(library, language, tmp_path):
    kind = "c++" if "+" in language else "c"
    for header in PUBLIC:
        subprocess.run(
            ["cc", "-x", kind, f"-std={language}", "-Wall", "-Wextra", "-pedantic", "-Werror",
             "-fsyntax-only", "-include", library / "include" / header.name, "-"],
            input="", text=True, check=True)


def test_the_example_of_the_document_runs(library, tmp_path):
    text = (ROOT / "docs/c.md").read_text()
    source = tmp_path / "example.c"
    source.write_text(re.search(r"```c\n(.*?)```", text, re.S)[1])
    subprocess.run(
        ["cc", "-Wall", "-Werror", "-o", tmp_path / "example", source, f"-I{library}/include",
         f"-L{library}", "-lvicinal", f"-Wl,-rpath,{library}"], check=True)
    run = subprocess.run([tmp_path / "example"], check=True, capture_output=True, text=True)
    assert run.stdout == "nearest: 1 at 0.05, then 0\n"


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
@pytest.mark.parametrize("part", ["filters", "binary", "errors"])
def test_valgrind_finds_nothing(program, part, tmp_path):
    run = subprocess.run(
        ["valgrind", "--error-exitcode=9", "--leak-check=no", "-q", program, tmp_path, part],
        capture_output=True, text=True, env={"VICINAL_KERNELS": "portable"})
    assert run.returncode == 0, run.stdout + run.stderr
