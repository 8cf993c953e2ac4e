// The few functions of OpenBLAS and its LAPACK that Vicinal calls, declared
// here so that nothing depends on where a distribution keeps the headers.
// LAPACK speaks Fortran: matrices lie column after column, everything is
// passed by address, and a result of 0 in `info` means success.
#ifndef VCL_OPENBLAS_H
#define VCL_OPENBLAS_H

enum {
  VCL_BLAS_ROW_MAJOR = 101,
  VCL_BLAS_PLAIN = 111,
  VCL_BLAS_TRANSPOSED = 112
};

void openblas_set_num_threads(int count);

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k,
                 float alpha, const float *a, int lda, const float *b, int ldb,
                 float beta, float *c, int ldc);
void cblas_dgemm(int order, int trans_a, int trans_b, int m, int n, int k,
                 double alpha, const double *a, int lda, const double *b,
                 int ldb, double beta, double *c, int ldc);

void dsyevd_(const char *job, const char *part, const int *n, double *a,
             const int *lda, double *values, double *work, const int *work_size,
             int *int_work, const int *int_work_size, int *info);
void sgesdd_(const char *job, const int *m, const int *n, float *a,
             const int *lda, float *s, float *u, const int *ldu, float *vt,
             const int *ldvt, float *work, const int *work_size, int *int_work,
             int *info);
void dgesdd_(const char *job, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt,
             const int *ldvt, double *work, const int *work_size, int *int_work,
             int *info);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau,
             double *work, const int *work_size, int *info);
void dposv_(const char *part, const int *n, const int *columns, double *a,
            const int *lda, double *b, const int *ldb, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a,
             const int *lda, const double *tau, double *work,
             const int *work_size, int *info);

#endif
