"""The type stubs say what there is: every public name, every member of a class, every parameter with
its kind and whether it may be left out."""

import ast
import inspect
import textwrap

import pytest

from support import ROOT
from under_test import ours, vicinal
from vicinal import fast_ivf

STUBS = [("vicinal", vicinal), ("vicinal/faiss", ours), ("vicinal/fast_ivf", fast_ivf),
         ("vicinal/fast_ivf/kmeans", fast_ivf.kmeans), ("vicinal/fast_ivf/core", fast_ivf.core)]


def tree(folder):
    stub = ROOT / "python" / folder
    return ast.parse((stub / "__init__.pyi" if stub.is_dir() else stub.with_suffix(".pyi")).read_text())


def top(folder):
    """The public names of a stub with their nodes."""
    names = {}
    for node in tree(folder).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = node
        elif isinstance(node, ast.Assign):
            names[node.targets[0].id] = node
        elif isinstance(node, ast.ImportFrom):
            names.update({each.asname: node for each in node.names if each.asname})
    return {name: node for name, node in names.items() if not name.startswith("_")}


def public(module):
    listed = getattr(module, "__all__", None)
    return {
        name for name in (listed or vars(module))
        if not name.startswith("_")
        and (listed or not inspect.ismodule(getattr(module, name)))}


def parameters(function):
    """Name, kind and whether there is a default, of a function as it runs."""
    return [
        (each.name, each.kind, each.default is not each.empty)
        for each in inspect.signature(function).parameters.values() if each.name != "self"]


def promised(node):
    """The same as a stub says it."""
    kinds, args = inspect.Parameter, node.args
    plain = [*args.posonlyargs, *args.args]
    late = len(plain) - len(args.defaults)
    found = [(each.arg, kinds.POSITIONAL_OR_KEYWORD, place >= late)
             for place, each in enumerate(plain)]
    if args.vararg:
        found.append((args.vararg.arg, kinds.VAR_POSITIONAL, False))
    found += [(each.arg, kinds.KEYWORD_ONLY, default is not None)
              for each, default in zip(args.kwonlyargs, args.kw_defaults)]
    if args.kwarg:
        found.append((args.kwarg.arg, kinds.VAR_KEYWORD, False))
    return [each for each in found if each[0] not in ("self", "cls")]


def decorators(node):
    return [ast.unparse(each) for each in node.decorator_list]


@pytest.mark.parametrize("folder, module", STUBS, ids=[folder for folder, _ in STUBS])
def test_names(folder, module):
    assert sorted(top(folder)) == sorted(public(module))


@pytest.mark.parametrize("folder, module", STUBS, ids=[folder for folder, _ in STUBS])
def test_functions(folder, module):
    for name, node in top(folder).items():
        if isinstance(node, ast.FunctionDef):
            assert promised(node) == parameters(getattr(module, name)), name


def stubbed_members(folder, name):
    """The members of a class and of the classes before it in the stub."""
    node = {each.name: each for each in tree(folder).body if isinstance(each, ast.ClassDef)}[name]
    members = {}
    for base in node.bases:
        if any(isinstance(each, ast.ClassDef) and each.name == ast.unparse(base)
               for each in tree(folder).body):
            members.update(stubbed_members(folder, ast.unparse(base)))
    for each in node.body:
        if isinstance(each, ast.FunctionDef):
            members.setdefault(each.name, {"setter": False})
            if any(word.endswith(".setter") for word in decorators(each)):
                members[each.name]["setter"] = True
            else:
                members[each.name] = {"node": each, "setter": False}
        elif isinstance(each, ast.AnnAssign):
            members[each.target.id] = {"node": each, "setter": True}
    return members


def stored(kind):
    """What the methods of a class and of those before it store in an object."""
    names = set()
    for each in kind.__mro__[:-1]:
        try:
            source = ast.parse(textwrap.dedent(inspect.getsource(each)))
        except (OSError, TypeError):
            continue
        names.update(
            node.attr for node in ast.walk(source)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name) and node.value.id == "self")
        names.update(getattr(each, "_names", {}))
    return names


CLASSES = [
    (folder, module, name) for folder, module in STUBS for name, node in top(folder).items()
    if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize(
    "folder, module, name", CLASSES, ids=[f"{folder}.{name}" for folder, _, name in CLASSES])
def test_class(folder, module, name):
    kind, members = getattr(module, name), stubbed_members(folder, name)
    there = {
        each for each in dir(kind) if not each.startswith("_")
        and not hasattr(RuntimeError, each)}
    own = {each for each in stored(kind) if not each.startswith("_")}
    said = {each for each in members if not each.startswith("_")}
    assert said == there | own
    for member, found in members.items():
        node, value = found["node"], inspect.getattr_static(kind, member, None)
        if isinstance(node, ast.AnnAssign):
            continue
        if "property" in decorators(node):
            assert isinstance(value, property), member
            assert found["setter"] == (value.fset is not None), member
        else:
            value = getattr(value, "__func__", value)
            assert promised(node) == [
                each for each in parameters(value) if each[0] != "cls"], member


def test_there_are_classes():
    assert len(CLASSES) > 60


@pytest.mark.parametrize(
    "path", [path for kind in ("*.py", "*.pyi") for path in (ROOT / "python").rglob(kind)],
    ids=lambda path: str(path.relative_to(ROOT)))
def test_python_3_9_reads_every_file(path):
    ast.parse(path.read_text(), feature_version=(3, 9))
