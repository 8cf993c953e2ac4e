"""Numbers and texts of callers, checked before the library gets them: C would cut them off."""

import operator
import os


def whole(value, name):
    """A whole number, of Python or of NumPy; nothing that would have to be rounded."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None


def positive(value, name):
    """A whole number of at least 1."""
    number = whole(value, name)
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number


def encoded(text, name):
    """A text or a path as bytes for C, which ends them at the first NUL character."""
    data = os.fsencode(text) if isinstance(text, os.PathLike) else text
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    if not isinstance(data, bytes):
        raise TypeError(f"{name} must be a text, not {text!r}")
    if b"\0" in data:
        raise ValueError(f"{name} must not hold a NUL character, got {text!r}")
    return data


def word(shape, **numbers):
    """A word of factory strings with numbers in it: word("HNSW{M}", M=32)."""
    return shape.format(**{name: whole(value, name) for name, value in numbers.items()})


def require_memory(count, width):
    """Refuses arrays that the machine's memory cannot hold: where memory is promised before it is
    there, filling them would end the process.

    Raises MemoryError, or ValueError for counts below 0.
    """
    if count < 0:
        raise ValueError(f"sizes must not be negative, got {count}")
    most = _most_memory()
    if most is not None and count * width > most:
        raise MemoryError(
            f"{count} numbers take {count * width / 1e9:.3g} GB, and this process can have "
            f"{most / 1e9:.3g} GB of memory")


def _most_memory():
    """That of the machine, or what this process may address if that is less; None if nobody says."""
    try:
        import resource
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, AttributeError, OSError, ValueError):
        return None
    return physical if limit == resource.RLIM_INFINITY else min(physical, limit)
