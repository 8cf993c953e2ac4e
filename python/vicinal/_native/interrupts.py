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
_AT_ONCE = 6  # handlers that may raise one after the other, before the first exception has been noted
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
    while not call.ended:
        call.settle(_AT_ONCE)
    if call.raised is not None:
        raised, call.raised = call.raised, None
        try:
            raise raised
        finally:
            del raised  # its traceback holds this frame
    return _reported(call.ended[0])


class _Call:
    """A call that another thread makes, once, however often it is asked to."""

    __slots__ = ("_begun", "_caller", "_done", "_given", "_switch", "_what", "ended", "raised")

    def __init__(self, switch, function, arguments):
        self._switch = switch
        self._what = function, arguments
        self._caller = Caller.take()
        self._given = False
        self._begun = []
        self._done = _thread.allocate_lock()
        self._done.acquire()
        #: The outcome, once the call has ended.
        self.ended = []
        #: What a handler raised meanwhile.
        self.raised = None

    def settle(self, depth):
        """Gives the call to a thread and waits until it has ended. Notes what handlers raise.

        A handler may raise at any line, also between a thing done and the note of it, and while what another
        one raised is being noted. Then the caller of this notes it, which is the same function, one level up.
        """
        try:
            while not self.ended:
                if depth > 0:
                    self.settle(depth - 1)
                    continue
                if self.raised is not None:
                    lib.vicinal_cancellation_cancel(self._switch)
                if not self._given:
                    self._caller.give(self._perform)
                    self._given = True
                # Not for ever: a signal that another thread receives does not wake this one.
                while not self._done.acquire(timeout=0.1):
                    pass
        except BaseException as error:  # noqa: BLE001 - whatever a handler raises
            self.raised = self.raised or error

    def _perform(self):
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
            # Here, where no handler can come between.
            self._caller.leave()
            self._done.release()


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
