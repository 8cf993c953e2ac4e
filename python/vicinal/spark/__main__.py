"""The command line: `vicinal build-index --distributed pyspark …` starts this.

    python3 -m vicinal.spark build-index --embeddings … --index-path …
"""

import json
import logging
import os
import signal
import sys
import threading
import time

from . import run_build_index, run_build_partitioned_indexes
from .errors import VicinalError
from .partitions import as_autofaiss

UNWRITTEN = 74
INTERRUPTED = 130


def main(arguments):
    """Builds, prints what `vicinal` prints, and returns the exit code."""
    commands = {
        "build-index": build_index, "build-partitioned-indexes": build_partitioned_indexes}
    command = commands.get(arguments[0].replace("_", "-")) if arguments else None
    if command is None:
        print(f"error: the first argument must be one of {', '.join(commands)}", file=sys.stderr)
        return 64
    # They may have been ignored by whoever started this.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if os.environ.pop("VICINAL_END_WITH_INPUT", "") == "1":
        threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        return _show(command(arguments[1:]))
    except VicinalError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        return 70


def _interrupt(*_, began=[]):
    """Ends the work in order; the same signal a second later ends it at once."""
    now = time.monotonic()
    if not began:
        began.append(now)
        # py4j reports the call that this interrupts, with a traceback.
        logging.disable(logging.CRITICAL)
        raise KeyboardInterrupt
    # `vicinal` passes on what the terminal has sent to both.
    if now - began[0] > 1:
        os._exit(INTERRUPTED)


def _show(text):
    """Prints the result, and returns the exit code."""
    try:
        print(text, flush=True)
        return 0
    except OSError as error:
        # Python tries again at its end, and would fail again.
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        print(
            f"error: cannot write the result to standard output: {error.strerror}",
            file=sys.stderr)
        return UNWRITTEN


def _end_with_input():
    """Interrupts the build when whoever started it is gone."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def build_index(arguments):
    """Runs `build-index`, and returns what it prints."""
    infos = run_build_index(arguments)
    if "--json" in arguments:
        return _json(infos[0] if len(infos) == 1 else infos)
    return "\n".join(map(_line, infos))


def build_partitioned_indexes(arguments):
    """Runs `build-partitioned-indexes`, and returns what it prints."""
    partitions = run_build_partitioned_indexes(arguments)
    if "--json" in arguments:
        return _json([as_autofaiss(infos) for infos in partitions])
    return "\n".join(_line(infos) for partition in partitions for infos in partition)


def _json(value):
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def _line(infos):
    return (
        f"{infos['index_path']}: {infos['index_key']} {infos['index_param']},"
        f" {infos['nb vectors']} vectors, recall {100 * infos['10-recall@10']:.1f} %,"
        f" {infos['size in bytes']} bytes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
