"""What runs on executors: `vicinal` as a child of the Python worker.

The functions travel by value, so that executors need Python and the program, but not this package.
"""

import collections
import os
import re
import shutil
import subprocess
import threading

# Exit codes that come again however often a step is repeated: wrong usage, bad data, too little
# memory. Spark retries the others.
PERMANENT = frozenset({64, 65, 66, 69, 78})

# What stands around our message in the text that Spark makes of an exception.
FAILURE = re.compile(r"vicinal-step-failed (\d+) <<(.*?)>>", re.DOTALL)

PROGRAM = "vicinal"


def find_program(driver_path=None):
    """The path of the program on this machine, or None: `VICINAL_BINARY`, the place where the driver
    has it, the search path, the files that Spark ships."""
    named = os.environ.get("VICINAL_BINARY")
    if named:
        return named
    if driver_path and os.access(driver_path, os.X_OK):
        return driver_path
    found = shutil.which(PROGRAM)
    if found:
        return found
    try:
        from pyspark import SparkFiles

        shipped = SparkFiles.get(PROGRAM)
    except Exception:  # Outside of Spark there are no such files.
        return None
    return shipped if os.access(shipped, os.X_OK) else None


def start(program, arguments, folder):
    """Starts the program. It ends when its standard input does, so also when this process is killed."""
    return subprocess.Popen(
        [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace",
        cwd=folder if folder and os.path.isdir(folder) else None,
        env={**os.environ, "VICINAL_END_WITH_INPUT": "1"})


def communicate(process, on_line=None):
    """Reads all that a process says.

    Returns its standard output, and the last lines of its standard error.
    """
    last = collections.deque(maxlen=20)

    def read():
        for line in process.stderr:
            last.append(line)
            if on_line:
                on_line(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    output = process.stdout.read()
    reader.join()
    process.wait()
    return output, "".join(last).strip()


def message_of(text):
    """What a failed process says: from its error on, or all of it."""
    start = text.rfind("error: ")
    return text[start + len("error: "):] if start >= 0 else text or "it said nothing"


class Runner:
    """Runs steps inside Spark tasks."""

    def __init__(self, driver_path, folder):
        self.driver_path, self.folder = driver_path, folder

    def __call__(self, steps):
        for number, arguments in steps:
            program = find_program(self.driver_path)
            if program is None:
                yield number, 69, (
                    f"there is no program {PROGRAM} on the executor {os.uname().nodename}: install it"
                    " there, name it with VICINAL_BINARY in the executor's environment, or ship it"
                    " with the job")
                continue
            process = start(program, arguments, self.folder)
            try:
                output, said = communicate(process)
            finally:
                process.stdin.close()
            code = process.returncode
            if code == 0:
                yield number, 0, output
            elif code in PERMANENT:
                yield number, code, message_of(said)
            else:
                # A signal is no exit code.
                shown = code if code > 0 else 70
                raise RuntimeError(
                    f"vicinal-step-failed {shown} <<{message_of(said)} (vicinal"
                    f" {' '.join(arguments[:2])} ended with {code})>>")
