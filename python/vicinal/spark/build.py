"""One distributed build: the steps of `vicinal distributed`, one after the other."""

import contextlib
import json
import uuid

from .arguments import beside, inside, value_of
from .cluster import Clock
from .errors import VicinalError


class Build:
    """A build of one or several indexes over the same vectors.

    `arguments` are options of `vicinal build-index`, as a list of texts.
    """

    def __init__(self, cluster, driver, arguments, *, trains_on_cluster=False):
        self.cluster, self.driver = cluster, driver
        self.arguments = list(arguments)
        self.trains_on_cluster = trains_on_cluster
        self.clock = Clock()
        self.peak_memory = 0
        self.scratch = self._scratch()

    def _scratch(self):
        """A folder of this build alone."""
        name = uuid.uuid4().hex
        folder = value_of(self.arguments, "--temporary-indices-folder")
        if folder:
            return inside(folder, name)
        return beside(value_of(self.arguments, "--index-path") or "knn.index", f".parts-{name}")

    def run(self):
        """Builds, and returns the infos of every index that is kept, in their order."""
        try:
            infos = self._run()
        except BaseException:
            with contextlib.suppress(VicinalError):
                self._clean()
            raise
        self._clean()
        return infos

    def _run(self):
        plan = self._train()
        adding = [self._step("add", f"--number={number}") for number in range(len(plan["tasks"]))]
        if plan["isWritingIDs"]:
            adding.append(self._step("ids"))
        self._spread("add", adding)
        for level in range(1, len(plan["levels"])):
            self._spread("merge", [
                self._step("merge", f"--level={level}", f"--number={number}")
                for number in range(plan["levels"][level])])
            self._clean(f"--level={level - 1}")
        self._here("tune", self._step("tune"))
        writing = [
            self._step("write", f"--number={number}") for number in range(len(plan["indexPaths"]))]
        if len(writing) == 1:
            # The only index goes where the driver would write it, as in AutoFaiss.
            self._here("write", writing[0])
        else:
            self._spread("write", writing)
        return self._report()

    def _train(self):
        step = self._step("train", f"--executors={self.cluster.executors()}")
        if self.trains_on_cluster:
            output = self.clock.time("train", lambda: self.cluster.run("train", [step]))[0]
        else:
            output = self.clock.time("train", lambda: self.driver.run("train", step))
        plan = json.loads(output)
        self.peak_memory = plan["peakMemory"]
        return plan

    def _report(self):
        seconds = [f"{name}={value:.3f}" for name, value in self.clock.seconds.items()]
        output = self.driver.run("report", self._step(
            "report", f"--peak-memory={self.peak_memory}", "--seconds", *seconds))
        return json.loads(output)

    def _step(self, name, *options):
        return ["distributed", name, *options, f"--scratch={self.scratch}", *self.arguments]

    def _spread(self, name, steps):
        self._note(self.clock.time(name, lambda: self.cluster.run(name, steps)))

    def _here(self, name, step):
        self._note([self.clock.time(name, lambda: self.driver.run(name, step))])

    def _note(self, outputs):
        for output in outputs:
            self.peak_memory = max(self.peak_memory, json.loads(output)["peakMemory"])

    def _clean(self, *options):
        # Also after Ctrl-C: what was asked to stop has stopped by then.
        self.driver.run(
            "clean", ["distributed", "clean", f"--scratch={self.scratch}", *options],
            is_cancellable=False)
