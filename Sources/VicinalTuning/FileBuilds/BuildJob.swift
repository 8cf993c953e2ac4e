package import VicinalCore

/// What was decided before an index is built.
package struct BuildJob {
  package var choice: Choice
  /// How it was chosen, if that was measured in this run.
  package var selected: SelectionReport?
  package var plan: MemoryPlan
  /// Where finished steps are kept, if they are.
  package var folder: WorkFolder?
  package var started: ContinuousClock.Instant
  package var timer: StepTimer
  package var execution: Execution
  package var builder: IndexBuilder
  /// What is to be said about the options.
  package var remarks: [String] = []

  package init(
    choice: Choice, selected: SelectionReport?, plan: MemoryPlan, folder: WorkFolder?,
    started: ContinuousClock.Instant, timer: StepTimer, execution: Execution,
    builder: IndexBuilder, remarks: [String] = []
  ) {
    (self.choice, self.selected, self.plan, self.folder) = (choice, selected, plan, folder)
    (self.started, self.timer, self.execution) = (started, timer, execution)
    (self.builder, self.remarks) = (builder, remarks)
  }

  /// The steps in the folder.
  func staged(_ count: Int, _ given: Int?) -> StagedBuild? {
    folder.map { folder in
      // A few dozen steps lose little when one is interrupted, and cost little when none is.
      let wanted = given ?? max(262_144, (count + 31) / 32)
      return StagedBuild(builder, in: folder, partRows: min(plan.partRows, wanted))
    }
  }
}
