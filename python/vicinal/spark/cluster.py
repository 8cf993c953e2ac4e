"""A Spark cluster, or Spark's local mode, as something that runs steps."""

import socket
import sys
import threading
import time
import uuid

from . import tasks
from .errors import VicinalError

# Seconds between looks at what a job has done.
PAUSE = 0.2
# Seconds that a master has to take a connection.
CONNECT = 10


def context(spark=None, master=None):
    """The SparkContext to use, and whether it was made here: that of a session or context, the
    active one, or a new one."""
    from pyspark import SparkConf, SparkContext

    if spark is not None:
        found = getattr(spark, "sparkContext", spark)
        if not isinstance(found, SparkContext):
            raise VicinalError(
                f"a session of Spark that runs in this process is needed, got {type(spark)}", 64)
        return found, False
    active = SparkContext._active_spark_context
    if active is not None:
        return active, False
    conf = SparkConf().setAppName("vicinal")
    if master:
        conf.setMaster(master)
    require_reachable(conf.get("spark.master") or "")
    if not conf.contains("spark.master"):
        # One task at a time, which uses all processors; a failed one is tried again.
        conf.setMaster("local[1,4]")
    for key, value in (("spark.ui.enabled", "false"), ("spark.ui.showConsoleProgress", "false")):
        if not conf.contains(key):
            conf.set(key, value)
    made = SparkContext(conf=conf)
    made.setLogLevel("ERROR")
    return made, True


def require_reachable(master):
    """Requires that a standalone master answers; Spark itself tries for more than a minute."""
    if not master.startswith("spark://"):
        return
    reasons = []
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT):
                return
        except (OSError, ValueError) as error:
            reasons.append(f"{address}: {error}")
    raise VicinalError(
        f"no master of Spark answers at {master} ({'; '.join(reasons)}); is it running, and is the"
        " address that of its page?", 74)


class Cluster:
    """Runs steps of builds as tasks of Spark."""

    def __init__(self, spark_context, program, folder, say):
        from pyspark import cloudpickle

        # Executors then need not have this package.
        cloudpickle.register_pickle_by_value(tasks)
        self.context, self.say = spark_context, say
        self.runner = tasks.Runner(program, folder)
        self.cancelled = threading.Event()

    def executors(self):
        """Processes of the cluster, the driver among them."""
        return self.context._jsc.sc().getExecutorMemoryStatus().size()

    def ship(self, program):
        """Sends the program to all executors."""
        self.context.addFile(program)

    def check(self):
        """Requires the program on an executor, before long work; waits for executors too."""
        self.run("look for vicinal", [["--version"]])

    def run(self, name, steps):
        """Runs each step in a task of its own and returns what they print, in their order.

        Spark repeats steps that fail for a reason that may go away. `VicinalError` holds the message of
        the first other one; all else is cancelled then.
        """
        if not steps:
            return []
        group = f"vicinal-{uuid.uuid4().hex}"
        outcome = {}

        def work():
            try:
                self.context.setJobGroup(group, f"vicinal: {name}", interruptOnCancel=True)
                numbered = self.context.parallelize(list(enumerate(steps)), len(steps))
                outcome["results"] = numbered.mapPartitions(self.runner).collect()
            except BaseException as error:
                outcome["error"] = error

        # In a thread of its own, so that Ctrl-C reaches this one at once.
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            self._watch(thread, group, name, len(steps))
        except BaseException:
            self.context.cancelJobGroup(group)
            thread.join(30)
            raise
        if "error" in outcome:
            raise self._failure(name, outcome["error"]) from outcome["error"]
        return self._outputs(name, outcome["results"])

    def _watch(self, thread, group, name, count):
        shown = 0
        while thread.is_alive():
            thread.join(PAUSE)
            if self.cancelled.is_set():
                raise KeyboardInterrupt
            done = self._done(group)
            if done > shown and thread.is_alive():
                shown = done
                self.say(f"{name}: {done} of {count} tasks")

    def _done(self, group):
        tracker = self.context.statusTracker()
        done = 0
        for job in tracker.getJobIdsForGroup(group):
            for stage in getattr(tracker.getJobInfo(job), "stageIds", ()):
                done += getattr(tracker.getStageInfo(stage), "numCompletedTasks", 0)
        return done

    @staticmethod
    def _failure(name, error):
        text = str(error)
        found = tasks.FAILURE.search(text)
        if found:
            return VicinalError(f"{name}: {found[2]}", int(found[1]))
        return VicinalError(f"{name}: Spark failed: {text[:2000]}", 70)

    @staticmethod
    def _outputs(name, results):
        results = sorted(results)
        for _, code, text in results:
            if code:
                raise VicinalError(f"{name}: {text}", code)
        return [text for _, _, text in results]


class Driver:
    """Runs steps on the driver's own machine."""

    def __init__(self, program, verbose, cancelled):
        self.program, self.cancelled = program, cancelled
        self.is_loud = verbose <= 30

    def run(self, name, arguments, is_cancellable=True):
        """Runs one step and returns what it prints."""
        process = tasks.start(self.program, arguments, None)
        outcome = {}

        def read():
            outcome["output"], outcome["said"] = tasks.communicate(
                process, self._show if self.is_loud else None)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(PAUSE)
                if is_cancellable and self.cancelled.is_set():
                    raise KeyboardInterrupt
        finally:
            # Its end, if it still runs.
            process.stdin.close()
            thread.join(15)
        if process.returncode:
            code = process.returncode if process.returncode > 0 else 70
            raise VicinalError(f"{name}: {tasks.message_of(outcome['said'])}", code)
        return outcome["output"]

    @staticmethod
    def _show(line):
        # What failed is said once, by whoever catches the error.
        if not line.startswith("error: "):
            sys.stderr.write(line)


class Clock:
    """How long steps take, in their order."""

    def __init__(self):
        self.seconds = {}

    def time(self, name, work):
        """Runs `work` and adds its time to a step."""
        began = time.monotonic()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
        return result
