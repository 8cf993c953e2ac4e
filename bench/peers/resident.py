"""Resident memory of this process, as Linux counts it."""

import pathlib
import re


def status(name):
    """Bytes of one line of /proc/self/status."""
    text = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(rf"^{name}:\s*(\d+) kB$", text, re.M)[1]) << 10


class Growth:
    """How much more memory is resident than when this was made."""

    def __init__(self):
        self.restart_peak()
        self.before = status("VmRSS")

    def restart_peak(self):
        """Makes the peak what is resident now; what was before would hide what comes."""
        pathlib.Path("/proc/self/clear_refs").write_text("5")

    def now(self):
        return status("VmRSS") - self.before

    def peak(self):
        return status("VmHWM") - self.before
