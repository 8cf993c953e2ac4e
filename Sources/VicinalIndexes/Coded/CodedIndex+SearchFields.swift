import VicinalCoding
import VicinalCore

extension CodedIndex {
  /// How files of product-quantizer codes state the way to search them.
  package struct SearchFields: Sendable, Equatable {
    /// faiss: `search_type`.
    package var searchType: Int32
    /// Unused by faiss. faiss: `encode_signs`.
    package var encodesSigns: Bool
    /// faiss: `polysemous_ht`.
    package var hammingThreshold: Int32

    package init(searchType: Int32, encodesSigns: Bool, hammingThreshold: Int32) {
      self.searchType = searchType
      self.encodesSigns = encodesSigns
      self.hammingThreshold = hammingThreshold
    }
  }

  /// ``scanOptions`` as files state them.
  package var searchFields: SearchFields {
    get {
      let product = codec as? ProductQuantizer
      let threshold = scanOptions.hammingThreshold ?? product?.defaultHammingThreshold ?? 0
      return SearchFields(
        searchType: scanOptions.searchType?.rawValue
          ?? (scanOptions.hammingThreshold == nil ? 0 : PQSearchType.polysemous.rawValue),
        encodesSigns: false, hammingThreshold: Int32(clamping: threshold))
    }
    set {
      let type = PQSearchType(rawValue: newValue.searchType)
      scanOptions.searchType = type == .asymmetric ? nil : type
      let isPolysemous = type == .polysemous || type == .generalizedPolysemous
      scanOptions.hammingThreshold = isPolysemous ? Int(newValue.hammingThreshold) : nil
    }
  }
}
