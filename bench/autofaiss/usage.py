"""Runs a command and writes its CPU seconds and peak memory as JSON: usage.py FILE COMMAND….

A process of its own, because Linux counts the memory of the process that starts a program towards
the program's peak; this one is small.
"""

import json
import os
import sys


def main():
    file, *command = sys.argv[1:]
    child = os.fork()
    if child == 0:
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    with open(file, "w") as out:
        json.dump({"cpu seconds": usage.ru_utime + usage.ru_stime,
                   "peak bytes": usage.ru_maxrss * unit}, out)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
