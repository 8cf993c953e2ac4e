import VicinalCore

#if canImport(COpenBLAS)
  import COpenBLAS
#else
  import Accelerate
#endif

/// What dense linear algebra is done in: `Float` or `Double`.
///
/// BLAS runs on the calling thread only. Who wants more threads cuts the work himself, in a way
/// that does not depend on their number, so that rounding does not either.
package protocol BLASScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// c = a · b; see `cblas_sgemm`. All pointers row-major.
  static func gemm(
    _ isTransposedA: Bool, _ isTransposedB: Bool, _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Self>, _ lda: Int32, _ b: UnsafePointer<Self>, _ ldb: Int32,
    _ c: UnsafeMutablePointer<Self>, _ ldc: Int32)

  /// LAPACK's `gesdd` with job S; sizes column after column.
  static func gesdd(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Self>, _ s: UnsafeMutablePointer<Self>,
    _ u: UnsafeMutablePointer<Self>, _ vt: UnsafeMutablePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workSize: Int32, _ integers: UnsafeMutablePointer<Int32>
  ) -> Int32
}

/// Tells OpenBLAS once that we bring the threads.
private let isSingleThreaded: Bool = {
  #if canImport(COpenBLAS)
    openblas_set_num_threads(1)
  #endif
  return true
}()

/// To be called before any work with BLAS or LAPACK.
func prepareBLAS() { _ = isSingleThreaded }

#if canImport(COpenBLAS)
  private let rowMajor = Int32(VCL_BLAS_ROW_MAJOR)
  private func order(_ isTransposed: Bool) -> Int32 {
    isTransposed ? Int32(VCL_BLAS_TRANSPOSED) : Int32(VCL_BLAS_PLAIN)
  }
#else
  private let rowMajor = CblasRowMajor
  private func order(_ isTransposed: Bool) -> CBLAS_TRANSPOSE {
    isTransposed ? CblasTrans : CblasNoTrans
  }
#endif

extension Float: BLASScalar {
  package static func gemm(
    _ isTransposedA: Bool, _ isTransposedB: Bool, _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Float>, _ lda: Int32, _ b: UnsafePointer<Float>, _ ldb: Int32,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int32
  ) {
    unsafe cblas_sgemm(
      rowMajor, order(isTransposedA), order(isTransposedB), m, n, k, 1, a, lda, b, ldb, 0, c, ldc)
  }

  package static func gesdd(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Float>, _ s: UnsafeMutablePointer<Float>,
    _ u: UnsafeMutablePointer<Float>, _ vt: UnsafeMutablePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workSize: Int32,
    _ integers: UnsafeMutablePointer<Int32>
  ) -> Int32 {
    var (job, rows, columns, least) = (CChar(83), m, n, min(m, n))
    var (size, info) = (workSize, Int32(0))
    unsafe sgesdd_(
      &job, &rows, &columns, a, &rows, s, u, &rows, vt, &least, work, &size, integers, &info)
    return info
  }
}

extension Double: BLASScalar {
  package static func gemm(
    _ isTransposedA: Bool, _ isTransposedB: Bool, _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Double>, _ lda: Int32, _ b: UnsafePointer<Double>, _ ldb: Int32,
    _ c: UnsafeMutablePointer<Double>, _ ldc: Int32
  ) {
    unsafe cblas_dgemm(
      rowMajor, order(isTransposedA), order(isTransposedB), m, n, k, 1, a, lda, b, ldb, 0, c, ldc)
  }

  package static func gesdd(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Double>, _ s: UnsafeMutablePointer<Double>,
    _ u: UnsafeMutablePointer<Double>, _ vt: UnsafeMutablePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workSize: Int32,
    _ integers: UnsafeMutablePointer<Int32>
  ) -> Int32 {
    var (job, rows, columns, least) = (CChar(83), m, n, min(m, n))
    var (size, info) = (workSize, Int32(0))
    unsafe dgesdd_(
      &job, &rows, &columns, a, &rows, s, u, &rows, vt, &least, work, &size, integers, &info)
    return info
  }
}
