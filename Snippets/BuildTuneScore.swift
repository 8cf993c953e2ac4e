// The five commands in a program: plan, build, tune, score, and an index for each of several parts.
// Each works beside the caller; cancelling its task ends it.
import Vicinal

var generator = SplitMix64(seed: 1)
let values = (0..<2000 * 16).map { _ in Float.random(in: -1...1, using: &generator) }
let source = try InMemoryEmbeddings(values, dimension: 16)

var pipeline = IndexPipeline(metric: .l2)
pipeline.selection.budget.indexMemory = try MemorySize(parsing: "1M")

// plan: what would be chosen, and why.
let plan = try await IndexSelector(pipeline.selection).select(from: source)
print(plan.choice.spec, plan.report.reason)

// build-index: chosen, built, tuned, measured. Progress comes as it does on the command line.
let execution = Execution(progress: { print($0.step, $0.done, "of", $0.total) })
let built = try await pipeline.build(from: source, execution: execution)
print(built.infos.indexKey, built.infos.indexParam, built.infos.recallAt10)
try IndexFile.write(built.index, to: "knn.index")
try built.infos.write(to: "index_infos.json")

// The same into files: here two indexes that are searched together, each with its infos.
var files = IndexFileBuild(
  pipeline, to: BuildOutputs(indexPath: "parts.index", infosPath: "parts.json"))
files.parts = 2
for infos in try await files.build(from: source) { print(infos.indexPath, infos.vectorCount) }

// tune-index: other parameters for another target.
var tuning = IndexTuning()
tuning.budget.targetRecall = 0.99
let tuned = try await tuning.tuned(built.index, source: source)
print(tuned.infos.indexParam)

// score-index: recall and speed against exact neighbours.
let scores = try await IndexScores.scores(of: tuned.index, source: source)
print(scores.recall10, scores.averageMilliseconds)

// build-partitioned-indexes: files for each of several sources, which here are in memory.
let plans = try PartitionPlan.plans(for: ["parts/a", "parts/b"], output: "indexes")
let partitioned = PartitionedFileBuild(IndexFileBuild(pipeline)) { _ throws(IndexError) in source }
for infos in try await partitioned.build(plans).joined() { print(infos.indexPath, infos.vectorCount) }
