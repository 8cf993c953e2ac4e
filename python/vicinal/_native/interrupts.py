"""Long calls that end when a signal handler raises, as Ctrl-C makes it do.

Python runs signal handlers in its main thread, and not while that is inside the library. So a long
call of the main thread is made by another one, while the main thread waits where handlers can run.
"""

import _thread
import threading

from .callers import Caller
from .errors import VicinalError, check
from .library import lib
from .objects import make

_main = threading.main_thread()
_LONG = 1 << 17  # floats; adding them takes longer than waking a thread


def attempt(function, *arguments):
    """Calls a function that may take long; returns the VicinalError that it reports, or None.

    If a signal handler raises meanwhile, the call is cancelled, and what the handler raised is raised
    as soon as the call has ended: until then it uses the caller's arrays.
    """
    if threading.current_thread() is not _main:
        return _reported(_outcome(function, arguments))
    switch = make(lib.vicinal_cancellation_create)
    call = _Call(switch.number, function, arguments)
    caller = Caller.take()
    given, raised = False, None
    try:
        while not call.ended:
            # A handler may raise at any line here, also between a thing done and the note of it.
            try:
                if raised is not None:
                    lib.vicinal_cancellation_cancel(switch.number)
                if not given:
                    caller.give(call.perform)
                    given = True
                # Not for ever: a signal that another thread receives does not wake this one.
                while not call.done.acquire(timeout=0.1):
                    pass
            except BaseException as error:  # noqa: BLE001 - whatever a handler raises
                raised = raised or error
    finally:
        if call.ended:
            caller.leave()
    if raised is not None:
        raise raised
    return _reported(call.ended[0])


class _Call:
    """A call that another thread makes, once, however often it is asked to."""

    __slots__ = ("_begun", "_switch", "_what", "done", "ended")

    def __init__(self, switch, function, arguments):
        self._switch = switch
        self._what = function, arguments
        self._begun = []
        self.ended = []
        self.done = _thread.allocate_lock()
        self.done.acquire()

    def perform(self):
        """Makes the call, and notes how it ended."""
        if self._begun:
            return
        self._begun.append(True)
        try:
            function, arguments = self._what
            problem = _outcome(lib.vicinal_cancellation_enter, (self._switch,))
            self.ended.append(problem or _outcome(function, arguments))
        finally:
            lib.vicinal_cancellation_enter(0)
            self.done.release()


def run(function, *arguments):
    """Calls a function that may take long, and raises what it reports."""
    problem = attempt(function, *arguments)
    if problem is not None:
        raise problem


def run_if_long(size, function, *arguments):
    """The same for work on an array of so many floats, which is quick if they are few."""
    if size < _LONG:
        check(function(*arguments))
    else:
        run(function, *arguments)


def _outcome(function, arguments):
    try:
        check(function(*arguments))
    except BaseException as error:  # noqa: BLE001 - also arguments that ctypes refuses
        return error
    return None


def _reported(problem):
    """What the library reported; raises what was the matter with the call itself."""
    if problem is not None and not isinstance(problem, VicinalError):
        raise problem
    return problem
