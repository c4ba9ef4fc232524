/* What is compiled for vectors of 4, 8 and 16 floats. */

/* The number of floats in the widest vector that this processor computes with. */
int memdil_widest(void);

#if defined(__x86_64__)
#define WIDE8 __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define WIDE16 __attribute__((target("avx512f")))
#else
/* GCC would stop at 8 floats otherwise. */
#define WIDE16 __attribute__((target("avx512f,prefer-vector-width=512")))
#endif
#endif
