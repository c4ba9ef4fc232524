#include "product.h"

#include "wide.h"

/* A tile of ROWS × VECS vectors of the product stays in registers while it is
 * summed. */
#define PRODUCT(WIDE, NAME, VECTOR, ROWS, VECS)                                \
  WIDE static void NAME##_tile(float *restrict g, const float *left,           \
                               const float *right, long columns, long inner) { \
    enum { width = sizeof(VECTOR) / sizeof(float) };                           \
    VECTOR sum[ROWS][VECS] = {0};                                              \
    for (long k = 0; k < inner; k++)                                           \
      for (int r = 0; r < ROWS; r++)                                           \
        for (int c = 0; c < VECS; c++)                                         \
          sum[r][c] += left[r * inner + k] *                                   \
                       *(const VECTOR *)(right + k * columns + c * width);     \
    for (int r = 0; r < ROWS; r++)                                             \
      for (int c = 0; c < VECS; c++)                                           \
        *(VECTOR *)(g + r * columns + c * width) = sum[r][c];                  \
  }                                                                            \
  WIDE static void NAME(float *restrict g, const float *left,                  \
                        const float *right, long rows, long columns,           \
                        long inner) {                                          \
    const long step = VECS * sizeof(VECTOR) / sizeof(float);                   \
    const long whole_rows = rows - rows % ROWS;                                \
    const long whole_columns = columns - columns % step;                       \
    for (long j = 0; j < whole_columns; j += step)                             \
      for (long i = 0; i < whole_rows; i += ROWS)                              \
        NAME##_tile(g + i * columns + j, left + i * inner, right + j, columns, \
                    inner);                                                    \
    plain(g, left, right, 0, whole_rows, whole_columns, columns, inner);       \
    plain(g, left, right, whole_rows, rows, 0, columns, inner);                \
  }

/* plain computes the rows and columns from the given ones on. */
static void plain(float *restrict g, const float *left, const float *right,
                  long row, long rows, long column, long columns, long inner) {
  for (long i = row; i < rows; i++) {
    for (long j = column; j < columns; j++) g[i * columns + j] = 0;
    for (long k = 0; k < inner; k++) {
      const float a = left[i * inner + k];
      for (long j = column; j < columns; j++)
        g[i * columns + j] += a * right[k * columns + j];
    }
  }
}

typedef float vector4 __attribute__((vector_size(16), aligned(4), may_alias));
PRODUCT(, product4, vector4, 4, 2)

#if defined(__x86_64__)
typedef float vector8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float vector16 __attribute__((vector_size(64), aligned(4), may_alias));
PRODUCT(WIDE8, product8, vector8, 6, 2)
PRODUCT(WIDE16, product16, vector16, 6, 4)
#endif

void memdil_product(int width, float *g, const float *left, const float *right,
                    long rows, long columns, long inner) {
  switch (width) {
#if defined(__x86_64__)
    case 16:
      product16(g, left, right, rows, columns, inner);
      return;
    case 8:
      product8(g, left, right, rows, columns, inner);
      return;
#endif
    default:
      product4(g, left, right, rows, columns, inner);
  }
}
