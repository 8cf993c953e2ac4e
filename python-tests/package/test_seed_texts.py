"""No Python program of the documents that the project began with is missing from seed_programs.txt, and
each is there word for word. The documents are beside the repository where it is developed; elsewhere
these tests are skipped. Run as a program, it prints what is not covered.

Only one document marks its programs. In the others, every line that Python could run and that is not
C++ must belong to a program.
"""

import ast
import pathlib
import re
import sys
import textwrap
import warnings

import pytest

from support import ROOT

FOLDER = ROOT.parent / "shared/seeds"
TEXT = (pathlib.Path(__file__).parent / "seed_programs.txt").read_text(encoding="utf-8")
PROGRAMS = dict(zip(*[iter(re.split(r"===== (.*)\n", TEXT)[1:])] * 2))

# Documents with Python programs by the numbers that their names begin with. 003 describes programs in
# words.
DOCUMENTS = ("000", "001", "002", "004")
# The same as 000, with parts of lines lost on the way; what is left of them cannot be run.
COPY = "001"

# What Python could run and is no program: commands, factory strings, names in lists.
NO_PROGRAMS = re.compile(
    r"pip install|python -m|python3? |source |make|autofaiss |git |cd |[\w.]+$|\d+\.? |#+ |[-*•] ")

needs_documents = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the documents are not at {FOLDER}")


def document(number):
    return next(FOLDER.glob(f"{number}_*")).read_text(encoding="utf-8")


def lines_of(text):
    """The lines of a text, without indentation, empty ones and comments that are not in English."""
    lines = (re.sub(r"# ?[^\x00-\x7f].*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def places(program, lines):
    """The numbers of the lines of a document where a program stands, or None."""
    wanted = lines_of(program)
    for start in range(len(lines) - len(wanted) + 1):
        if lines[start:start + len(wanted)] == wanted:
            return range(start, start + len(wanted))
    return None


def is_program(line):
    """Whether a line does something in Python and is not C++."""
    if not line.isascii() or line.endswith((";", "{", "}", ",")) or NO_PROGRAMS.match(line):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(line).body
    except SyntaxError:
        return False
    return any(isinstance(node, (ast.Call, ast.Assign, ast.Import, ast.ImportFrom))
               for statement in statements for node in ast.walk(statement))


def uncovered(number):
    """The lines of a document that a program should have and none has."""
    lines = lines_of(document(number))
    covered = set()
    for program in PROGRAMS.values():
        first = 0
        while (found := places(program, lines[first:])) is not None:
            covered.update(place + first for place in found)
            first += found.stop
    left = [line for place, line in enumerate(lines) if place not in covered and is_program(line)]
    if number != COPY:
        return left
    known = {line for program in PROGRAMS.values() for line in lines_of(program)}
    return [line for line in left if line not in known]


@needs_documents
@pytest.mark.parametrize("number", DOCUMENTS)
def test_no_program_is_forgotten(number):
    assert uncovered(number) == []


@needs_documents
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_word_for_word(name):
    numbers = {"tutorial": ("004",), "fastivf": ("002",)}.get(name.split()[0], ("000",))
    assert any(places(PROGRAMS[name], lines_of(document(number))) for number in numbers)


@needs_documents
def test_marked_programs_are_all_there():
    marked = re.findall(r"``` ?python\n(.*?)```", document("000") + document("002"), re.S)
    mine = {"\n".join(lines_of(program)) for program in PROGRAMS.values()}
    assert marked and {"\n".join(lines_of(program)) for program in marked} <= mine


def test_what_counts_as_a_program():
    for line in ("index.train(xb)", "k = 4", "import faiss", "print(I[-5:])"):
        assert is_program(line), line
    for line in ("int k = 4;", "index.train(nb, xb);", "faiss::IndexFlatL2 q(d);", "OPQx_y", "结果",
                 "pip install autofaiss", "PQx", ""):
        assert not is_program(textwrap.dedent(line)), line


if __name__ == "__main__":
    for each in DOCUMENTS:
        for forgotten in uncovered(each):
            print(f"{each}: {forgotten}")
    sys.exit(0)
