"""Lists of objects, which faiss has as vectors."""


class Sequence(list):
    """A list that can be asked as a vector of faiss is."""

    def at(self, i):
        """The element at a place."""
        return self[i]

    def size(self):
        """How many there are."""
        return len(self)
