"""How long work is done: threads, progress, cancellation."""

import ctypes

from .interrupts import attempt
from .signatures import PROGRESS, Work


class WorkOptions:
    """A vicinal_work with what it needs to stay alive.

    progress(step, done, total) is called now and then, one call at a time; if it returns something
    true or raises, the work is cancelled. What it raised is raised again by `run`.
    """

    def __init__(self, threads=0, progress=None):
        self.error = None
        self._work = Work(threads=threads)
        if progress is None:
            return

        def report(_, step, done, total):
            try:
                return 1 if progress(step.decode(), done, total) else 0
            except BaseException as error:  # noqa: BLE001 - it cannot pass through C
                self.error = error
                return 1

        self._function = PROGRESS(report)
        self._work.progress = self._function

    @property
    def address(self):
        """For the argument `work`."""
        return ctypes.addressof(self._work)

    def run(self, function, *arguments):
        """Calls a function that may take long; raises what the progress function raised, what a
        signal handler did, or what the call reported."""
        problem = attempt(function, *arguments)
        if self.error is not None:
            raise self.error
        if problem is not None:
            raise problem
