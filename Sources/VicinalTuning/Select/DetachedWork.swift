import VicinalCore

extension Execution {
  /// Carries out work on a thread of its own that the cancellation of the current task ends too.
  func detached<Value: Sendable>(
    _ body: @escaping @Sendable (Execution) throws(IndexError) -> Value
  ) async throws(IndexError) -> Value {
    let flag = Flag()
    var execution = self
    let before = isCancelled
    execution.isCancelled = { flag.isSet || before?() == true }
    let settled = execution
    let work = Task.detached { () -> Result<Value, IndexError> in
      do throws(IndexError) {
        return .success(try body(settled))
      } catch {
        return .failure(error)
      }
    }
    let result = await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      flag.set()
    }
    return try result.get()
  }
}
