// The umbrella: `import Vicinal` is all that a program needs.
@_exported public import VicinalCoding
@_exported public import VicinalCompute
@_exported public import VicinalCore
@_exported public import VicinalDatasets
@_exported public import VicinalFiles
@_exported public import VicinalIndexes
@_exported public import VicinalStorage
@_exported public import VicinalTuning
