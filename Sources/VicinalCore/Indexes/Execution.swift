/// How work is carried out: threads, instruction set, progress and cancellation.
///
/// The number of threads, progress and cancellation never change a result: the same call gives the
/// same bytes. Another instruction set may add floats in another order, which can change the last
/// bits of a distance, and with them the order of neighbours that are equally far.
/// ``shouldEndTraining`` is the exception: what was trained less is another index.
public struct Execution: Sendable {
  /// Threads to use; `nil` uses every processor. Taken as 1 if below, and as
  /// ``largestWorkerCount`` if above. faiss: `omp_set_num_threads`.
  public var workers: Int?

  /// Threads that one call uses at most, whatever is asked for.
  public static let largestWorkerCount = 1024

  /// Instruction set of the kernels; `nil` takes the environment variable `VICINAL_KERNELS` if
  /// set, otherwise the best that the processor has. faiss: `SIMDConfig`.
  public var kernels: KernelLevel?

  /// Called now and then, from the calling thread or a worker, with what has been done.
  public var progress: (@Sendable (WorkProgress) -> Void)?

  /// Asked now and then; `true` ends the work with ``IndexError/Code/cancelled``.
  public var isCancelled: (@Sendable () -> Bool)?

  /// Asked between rounds of training (k-means, OPQ, local search quantizers) when there is something
  /// to go on with; `true` ends them with what they have. Other work does not ask. `nil` lets every
  /// round be done.
  public var shouldEndTraining: (@Sendable () -> Bool)?

  /// Every processor, best instruction set, silent, not cancellable unless told otherwise.
  public init(
    workers: Int? = nil, kernels: KernelLevel? = nil,
    progress: (@Sendable (WorkProgress) -> Void)? = nil, isCancelled: (@Sendable () -> Bool)? = nil
  ) {
    self.workers = workers
    self.kernels = kernels
    self.progress = progress
    self.isCancelled = isCancelled
  }

  /// Ends the work if it was cancelled.
  ///
  /// - Throws: ``IndexError/Code/cancelled``.
  public func checkCancellation() throws(IndexError) {
    if isCancelled?() == true {
      throw IndexError(.cancelled, "the work was cancelled")
    }
  }
}

/// A step of long work and how far it is.
public struct WorkProgress: Sendable, Equatable {
  /// What is being done, in a few words, for example "train" or "add".
  public var step: String

  /// Units done so far.
  public var done: Int

  /// Units in all.
  public var total: Int

  /// Further facts about the step, for example the objective of a k-means iteration.
  public var note: String?

  /// Reports `done` of `total` units of `step`.
  public init(step: String, done: Int, total: Int, note: String? = nil) {
    self.step = step
    self.done = done
    self.total = total
    self.note = note
  }
}
