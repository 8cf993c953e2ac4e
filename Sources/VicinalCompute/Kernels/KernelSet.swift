package import CVicinalKernels
import Foundation
public import VicinalCore

/// The kernels of one instruction set: a value to hand down, so that two calls can use two
/// levels at once. The corresponding faiss type is `SIMDConfig`.
@safe public struct KernelSet: Sendable {
  /// The instruction set.
  public let level: KernelLevel

  /// The C functions: a table that lives as long as the program. Copies of it would cost more than
  /// many a call.
  private nonisolated(unsafe) let table: UnsafePointer<vcl_kernels>

  /// The C functions.
  package var functions: vcl_kernels {
    unsafeAddress { unsafe table }
  }

  /// The levels that this build and this processor have, slowest first.
  public static let available: [KernelLevel] = KernelLevel.allCases.filter {
    unsafe vcl_kernels_at($0.number) != nil
  }

  /// The kernels for a level.
  ///
  /// - Parameter level: `nil` takes `VICINAL_KERNELS` from the environment if it is set,
  ///   otherwise the fastest available.
  /// - Throws: ``IndexError/Code/unsupported`` if the processor lacks the level,
  ///   ``IndexError/Code/invalidArgument`` if the variable holds another word.
  public init(_ level: KernelLevel? = nil) throws(IndexError) {
    if let level {
      self = try Self.forced(level)
    } else {
      self = try Self.preferred.get()
    }
  }

  private init(level: KernelLevel, table: UnsafePointer<vcl_kernels>) {
    self.level = level
    unsafe self.table = unsafe table
  }

  private static let preferred: Result<KernelSet, IndexError> = {
    do throws(IndexError) {
      if let name = ProcessInfo.processInfo.environment["VICINAL_KERNELS"], !name.isEmpty {
        guard let level = KernelLevel(rawValue: name) else {
          let words = KernelLevel.allCases.map(\.rawValue).joined(separator: ", ")
          throw IndexError(
            .invalidArgument, "VICINAL_KERNELS must be one of \(words), is '\(name)'")
        }
        return .success(try forced(level))
      }
      return .success(try forced(available.last ?? .portable))
    } catch {
      return .failure(error)
    }
  }()

  private static func forced(_ level: KernelLevel) throws(IndexError) -> KernelSet {
    guard let table = unsafe vcl_kernels_at(level.number) else {
      let words = available.map(\.rawValue).joined(separator: ", ")
      throw IndexError(
        .unsupported, "this processor has the kernel levels \(words), not \(level.rawValue)")
    }
    return unsafe KernelSet(level: level, table: table)
  }
}

extension KernelLevel {
  /// The number of the level in C.
  fileprivate var number: Int32 {
    switch self {
    case .portable: Int32(VCL_LEVEL_PORTABLE)
    case .avx2: Int32(VCL_LEVEL_AVX2)
    case .avx512: Int32(VCL_LEVEL_AVX512)
    case .avx512vnni: Int32(VCL_LEVEL_AVX512_VNNI)
    case .neon: Int32(VCL_LEVEL_NEON)
    }
  }
}
