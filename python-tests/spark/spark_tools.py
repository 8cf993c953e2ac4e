"""What tests of builds on Spark share."""

import stat
import time


def program(place, text):
    """A program that stands in for vicinal."""
    place.write_text(f"#!/bin/bash\n{text}\n")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return place


def wait_until(condition, seconds=200):
    """Waits for something that another process does."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)
