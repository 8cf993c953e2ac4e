"""Options of the command line: made of Python values, looked up, left out; and paths."""

import os

# faiss.METRIC_INNER_PRODUCT and faiss.METRIC_L2.
METRICS = {0: "ip", 1: "l2"}

# Options that take all values up to the next option.
LISTS = frozenset({"--embeddings", "--queries", "--id-columns", "--partitions"})

SWITCHES = frozenset({
    "--make-direct-map", "--should-be-memory-mappable", "--use-gpu", "--float-only", "--json",
    "--no-report", "--save-on-disk", "--no-save-on-disk"})


def options(**values):
    """Options of `vicinal` for Python values: None is left out, True is a switch, lists repeat."""
    made = []
    for name, value in values.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            made.append(option)
        elif isinstance(value, (str, int, float, os.PathLike)):
            made.append(f"{option}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
        elif isinstance(value, (list, tuple)):
            for item in value:
                if not isinstance(item, (str, os.PathLike)):
                    raise TypeError(f"{name} must hold texts, got {type(item).__name__}")
                made += [option, os.fspath(item)]
        else:
            raise TypeError(
                f"{name} cannot be {type(value).__name__}; arrays must be saved to files first, which"
                " executors can read")
    return made


def metric(value):
    """The name of a metric, which may be one of faiss's numbers."""
    return METRICS.get(value, value)


def _name(argument):
    return argument.split("=", 1)[0] if argument.startswith("--") else None


def value_of(arguments, option):
    """The value of an option that takes one, the last if it is repeated; None if it is not there."""
    value = None
    for place, argument in enumerate(arguments):
        if argument.startswith(option + "="):
            value = argument[len(option) + 1:]
        elif argument == option and place + 1 < len(arguments):
            value = arguments[place + 1]
    return value


def without(arguments, *left_out):
    """Leaves out options with their values."""
    kept, place = [], 0
    while place < len(arguments):
        argument = arguments[place]
        name = _name(argument)
        end = place + 1
        if name is not None and "=" not in argument and name not in SWITCHES:
            while end < len(arguments) and _name(arguments[end]) is None:
                end += 1
                if name not in LISTS:
                    break
        if name not in left_out:
            kept += arguments[place:end]
        place = end
    return kept


def _query(path):
    """Where the options of a URI begin, as `vicinal` sees it."""
    mark = path.rfind("?")
    is_query = "://" in path and mark >= 0 and "=" in path[mark:] and "/" not in path[mark:]
    return mark if is_query else len(path)


def inside(folder, name):
    """A file or folder in a folder, which may be a URI with options."""
    end = _query(folder)
    return folder[:end].rstrip("/") + "/" + name + folder[end:]


def beside(path, suffix):
    """A path with something behind its name."""
    end = _query(path)
    return path[:end].rstrip("/") + suffix + path[end:]
