import ArgumentParser
import Vicinal

/// What an index may take, and what it must be able to do: options of all commands that choose one.
struct BudgetOptions: ParsableArguments {
  @Option(help: "Memory that the index may take, for example 500M or 16G. Strict.")
  var maxIndexMemoryUsage = MemoryArgument(MemorySize(bytes: 16 << 30))

  @Option(help: "Memory that the process may take at most while it works, the index included.")
  var currentMemoryAvailable = MemoryArgument(MemorySize(bytes: 32 << 30))

  @OptionGroup var target: TargetOptions

  @Option(help: "ip, l2 or cosine (inner product of vectors scaled to length 1).")
  var metricType = MetricName.ip

  @Flag(help: "Keep where each id is, for reconstructing from inverted lists.")
  var makeDirectMap = false

  @Flag(help: "Only choose indexes that can be searched from a mapped file.")
  var shouldBeMemoryMappable = false

  @Flag(help: "Do without what only makes searches faster (int8 companion, terms of codes).")
  var floatOnly = false

  /// As the library takes it.
  var budget: Budget {
    var budget = Budget()
    budget.indexMemory = maxIndexMemoryUsage.size
    budget.queryMilliseconds = target.maxIndexQueryTimeMs
    budget.isMemoryMappable = shouldBeMemoryMappable
    budget.hasDirectMap = makeDirectMap
    budget.targetRecall = target.targetRecall
    return budget
  }
}
