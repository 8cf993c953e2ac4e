/// An instruction set that kernels are compiled for.
///
/// The environment variable `VICINAL_KERNELS` takes the raw values and sets the default of the
/// process. The corresponding faiss type is `SIMDLevel`.
public enum KernelLevel: String, Sendable, CaseIterable, Codable {
  /// Plain C; the specification of all others.
  case portable
  /// x86-64 with AVX2 and FMA.
  case avx2
  /// x86-64 with AVX-512 F, BW, DQ and VL.
  case avx512
  /// x86-64 with AVX-512 and its byte dot product (VNNI).
  case avx512vnni
  /// 64-bit ARM with NEON and the dot product extension.
  case neon
}
