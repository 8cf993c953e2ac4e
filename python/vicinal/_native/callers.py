"""Threads that make calls for the main thread, and wait for the next one when they have made it.

A new thread for each call would cost 0.3 ms, with memory that the allocator does not know yet, and the
library's own threads would often be left waiting for the same processor.
"""

import os
from _thread import start_new_thread
from queue import SimpleQueue

_idle = []


class Caller:
    """A thread, and the queue from which it takes what it is to do.

    Putting something into such a queue either happens or not, whatever a signal handler raises meanwhile.
    """

    __slots__ = ("give",)

    def __init__(self):
        jobs = SimpleQueue()
        start_new_thread(_serve, (jobs.get,))
        self.give = jobs.put

    @classmethod
    def take(cls):
        """One that has nothing to do. Handlers that call the library while the main thread waits for one
        get another."""
        try:
            return _idle.pop()
        except IndexError:
            return cls()

    def leave(self):
        """Makes it available again."""
        _idle.append(self)


def _serve(get):
    while True:
        # Nothing is held of a job that has been done.
        get()()


if hasattr(os, "register_at_fork"):
    # Threads stay behind in the parent.
    os.register_at_fork(after_in_child=_idle.clear)
