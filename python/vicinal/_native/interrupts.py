"""Long calls that end when a signal handler raises, as Ctrl-C makes it do.

Python runs signal handlers in its main thread, and not while that is inside the library. So a long
call of the main thread is made by another one, while the main thread waits where handlers can run.
"""

import _thread
import threading

from .errors import VicinalError, check
from .library import lib
from .objects import make

_main = threading.main_thread()
_LONG = 1 << 17  # floats; adding them takes longer than starting a thread, which takes 40 µs


def attempt(function, *arguments):
    """Calls a function that may take long; returns the VicinalError that it reports, or None.

    If a signal handler raises meanwhile, the call is cancelled, and what the handler raised is raised
    as soon as the call has ended: until then it uses the caller's arrays.
    """
    if threading.current_thread() is not _main:
        return _reported(_outcome(function, arguments))
    switch = make(lib.vicinal_cancellation_create)
    results, called, raised = [], [], None
    begin, done = _locked(), _locked()

    def work():
        begin.acquire()
        try:
            if called:
                check(lib.vicinal_cancellation_enter(switch.number))
                results.append(_outcome(function, arguments))
        finally:
            lib.vicinal_cancellation_enter(0)
            done.release()

    # A handler may raise at any line here. Once `called` says so, the call is waited for.
    try:
        try:
            _thread.start_new_thread(work, ())
            called.append(True)
        finally:
            begin.release()
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises
        if not called:
            raise
        raised = error
        lib.vicinal_cancellation_cancel(switch.number)
    while True:
        try:
            # Not for ever: a signal that another thread receives does not wake this one.
            while not done.acquire(timeout=0.1):
                pass
            break
        except BaseException as error:  # noqa: BLE001
            raised = raised or error
            lib.vicinal_cancellation_cancel(switch.number)
    if raised is not None:
        raise raised
    return _reported(results[0])


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


def _locked():
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


def _outcome(function, arguments):
    try:
        check(function(*arguments))
    except Exception as error:  # noqa: BLE001 - arguments that ctypes refuses, too
        return error
    return None


def _reported(problem):
    """What the library reported; raises what was the matter with the call itself."""
    if problem is not None and not isinstance(problem, VicinalError):
        raise problem
    return problem
