import VicinalCore

/// A record code that faiss defines.
struct KnownRecord: Sendable {
  enum Kind: Sendable {
    /// An index over float vectors that begins with a header.
    case index
    /// An index over float vectors with a layout of its own at the front.
    case irregularIndex
    case binaryIndex
    case transform
    case lists
    case nothing
  }

  let kind: Kind
  let className: String

  /// All record codes of faiss 1.15, with the classes they stand for.
  static let all: [RecordCode: KnownRecord] = {
    var table: [RecordCode: KnownRecord] = [:]
    for (kind, names) in [
      (Kind.index, indexes), (.irregularIndex, irregular), (.binaryIndex, binary),
      (.transform, transforms), (.lists, lists), (.nothing, ["null": "no index"]),
    ] {
      for (code, name) in names {
        table[RecordCode(code)] = KnownRecord(kind: kind, className: name)
      }
    }
    return table
  }()

  /// What can be read, for messages.
  static let readable =
    "this version of Vicinal reads flat, IVF and HNSW indexes over floats, product and scalar"
    + " quantizers, additive quantizers, LSH and RaBitQ, refined indexes, id maps and vector transforms; binary vectors through BinaryIndexFile"

  private static let indexes: [String: String] = [
    "IxF2": "IndexFlatL2", "IxFI": "IndexFlatIP", "IxFl": "IndexFlat", "IxPq": "IndexPQ",
    "IxPQ": "IndexPQ (legacy)", "IxPo": "IndexPQ (legacy)", "IxSQ": "IndexScalarQuantizer",
    "IxHe": "IndexLSH", "IxHE": "IndexLSH (legacy)", "IxRq": "IndexResidualQuantizer",
    "IxRQ": "IndexResidualQuantizer (legacy)", "IxLS": "IndexLocalSearchQuantizer",
    "IxPR": "IndexProductResidualQuantizer", "IxPL": "IndexProductLocalSearchQuantizer",
    "ImRQ": "ResidualCoarseQuantizer", "IxEe": "IndexEDEN", "IxEd": "IndexEDEN (legacy)",
    "Ixrq": "IndexRaBitQ", "Ixrr": "IndexRaBitQ", "IPfs": "IndexPQFastScan",
    "IRfs": "IndexResidualQuantizerFastScan", "ILfs": "IndexLocalSearchQuantizerFastScan",
    "IPRf": "IndexProductResidualQuantizerFastScan",
    "IPLf": "IndexProductLocalSearchQuantizerFastScan", "Irfn": "IndexRaBitQFastScan",
    "Irfs": "IndexRaBitQFastScan (legacy)", "IwFl": "IndexIVFFlat",
    "IvFl": "IndexIVFFlat (legacy)", "IvFL": "IndexIVFFlat (legacy)",
    "IwFd": "IndexIVFFlatDedup", "IwP2": "IndexIVFFlatPanorama",
    "IwPn": "IndexIVFFlatPanorama (legacy)", "IwPQ": "IndexIVFPQ",
    "IvPQ": "IndexIVFPQ (legacy)", "IwQR": "IndexIVFPQR", "IvQR": "IndexIVFPQR (legacy)",
    "IwSq": "IndexIVFScalarQuantizer", "IwSQ": "IndexIVFScalarQuantizer (legacy)",
    "IvSQ": "IndexIVFScalarQuantizer (legacy)", "IwSh": "IndexIVFSpectralHash",
    "IwRQ": "IndexIVFResidualQuantizer", "IwLS": "IndexIVFLocalSearchQuantizer",
    "IwPR": "IndexIVFProductResidualQuantizer", "IwPL": "IndexIVFProductLocalSearchQuantizer",
    "IwEe": "IndexIVFEDEN", "IwEd": "IndexIVFEDEN (legacy)", "Iwrq": "IndexIVFRaBitQ",
    "Iwrr": "IndexIVFRaBitQ", "IwIQ": "IndexIVFIndependentQuantizer",
    "IwPf": "IndexIVFPQFastScan", "IVRf": "IndexIVFResidualQuantizerFastScan",
    "IVLf": "IndexIVFLocalSearchQuantizerFastScan",
    "NPRf": "IndexIVFProductResidualQuantizerFastScan",
    "NPLf": "IndexIVFProductLocalSearchQuantizerFastScan", "Iwrn": "IndexIVFRaBitQFastScan",
    "Iwrf": "IndexIVFRaBitQFastScan (legacy)", "IHNf": "IndexHNSWFlat", "IHNp": "IndexHNSWPQ",
    "IHNs": "IndexHNSWSQ", "IHN2": "IndexHNSW2Level", "IHNr": "IndexHNSWRaBitQ",
    "IHc2": "IndexHNSWCagra", "IHNc": "IndexHNSWCagra (legacy)",
    "IHfP": "IndexHNSWFlatPanorama", "IH00": "IndexHNSW", "INSf": "IndexNSGFlat",
    "INSp": "IndexNSGPQ", "INSs": "IndexNSGSQ", "INNf": "IndexNNDescentFlat",
    "IxPT": "IndexPreTransform", "IxMp": "IndexIDMap", "IxM2": "IndexIDMap2",
    "IxRF": "IndexRefine", "IxRP": "IndexRefinePanorama", "IRMf": "IndexRowwiseMinMax",
    "IRMh": "IndexRowwiseMinMaxFP16", "Imiq": "MultiIndexQuantizer", "Ix2L": "Index2Layer",
  ]

  private static let irregular: [String: String] = [
    "IxFP": "IndexFlatL2Panorama", "IxFp": "IndexFlatIPPanorama", "IxLa": "IndexLattice",
    "ILVQ": "IndexSVSVamanaLVQ", "ISVL": "IndexSVSVamanaLeanVec", "ISVD": "IndexSVSVamana",
    "ISV2": "IndexSVSVamana", "ISVF": "IndexSVSFlat", "ISIQ": "IndexSVSIVFLVQ",
    "ISIL": "IndexSVSIVFLeanVec", "ISID": "IndexSVSIVF",
  ]

  private static let binary: [String: String] = [
    "IBxF": "IndexBinaryFlat", "IBwF": "IndexBinaryIVF", "IBHf": "IndexBinaryHNSW",
    "IBHc": "IndexBinaryHNSWCagra", "IBMp": "IndexBinaryIDMap", "IBM2": "IndexBinaryIDMap2",
    "IBFf": "IndexBinaryFromFloat", "IBHh": "IndexBinaryHash", "IBHm": "IndexBinaryMultiHash",
  ]

  private static let transforms: [String: String] = [
    "LTra": "LinearTransform", "rrot": "RandomRotationMatrix", "Pcam": "PCAMatrix",
    "PcAm": "PCAMatrix (legacy)", "PCAm": "PCAMatrix (legacy)", "Viqm": "ITQMatrix",
    "RmDT": "RemapDimensionsTransform", "VNrm": "NormalizationTransform",
    "VCnt": "CenteringTransform", "Viqt": "ITQTransform", "HRot": "HadamardRotation",
  ]

  private static let lists: [String: String] = [
    "il00": "no inverted lists", "ilar": "ArrayInvertedLists", "ilbl": "BlockInvertedLists",
    "ilp2": "ArrayInvertedListsPanorama", "ilpn": "ArrayInvertedListsPanorama (legacy)",
    "ilod": "OnDiskInvertedLists",
  ]
}
