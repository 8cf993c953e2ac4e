"""What indexes are written to and read from beside files: memory, and functions of the caller."""

import numpy as np

from .arrays.vectors import UInt8Vector


class IOWriter:
    """What takes the bytes of an index."""

    def _put(self, data):
        raise NotImplementedError


class IOReader:
    """What gives the bytes of an index."""

    def _all(self):
        raise NotImplementedError


class VectorIOWriter(IOWriter):
    """Keeps the bytes in `data`."""

    def __init__(self):
        self.data = UInt8Vector()

    def _put(self, data):
        self.data._numbers = np.concatenate([self.data._numbers, np.frombuffer(data, np.uint8)])


class VectorIOReader(IOReader):
    """Gives the bytes that were put into `data`, a vector or an array."""

    def __init__(self):
        self.data = UInt8Vector()

    def _all(self):
        return np.array(self.data, np.uint8)


class PyCallbackIOWriter(IOWriter):
    """Hands the bytes to a function, bs of them at most in a call."""

    def __init__(self, callback, bs=1 << 20):
        self.callback, self.bs = callback, bs

    def _put(self, data):
        for start in range(0, len(data), self.bs):
            self.callback(bytes(data[start:start + self.bs]))


class PyCallbackIOReader(IOReader):
    """Asks a function for bytes, which returns as many as it is asked for, or fewer at the end."""

    def __init__(self, callback, bs=1 << 20):
        self.callback, self.bs = callback, bs

    def _all(self):
        pieces = []
        while piece := self.callback(self.bs):
            pieces.append(piece)
        return np.frombuffer(b"".join(pieces), np.uint8)


class FileIOWriter(IOWriter):
    """A file that is written."""

    def __init__(self, path):
        self._file = open(path, "wb")

    def _put(self, data):
        self._file.write(data)
        self._file.flush()


class FileIOReader(IOReader):
    """A file that is read."""

    def __init__(self, path):
        self._file = open(path, "rb")

    def _all(self):
        return np.frombuffer(self._file.read(), np.uint8)
