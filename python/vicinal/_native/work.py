"""How long work is done: threads, progress, cancellation."""

import ctypes

from .signatures import PROGRESS, Work


class WorkOptions:
    """A vicinal_work with what it needs to stay alive.

    progress(step, done, total) is called now and then, one call at a time; if it returns something
    true or raises, the work is cancelled. What it raised is raised again by `check`.
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

    def check(self, check, status):
        """Raises what the progress function raised, or what the call reported."""
        if self.error is not None:
            raise self.error
        check(status)
