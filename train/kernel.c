#include "kernel.h"

#include <math.h>

#include "wide.h"

/* The loops are plain so that the compiler vectorises them; restrict tells it
 * that the arrays do not overlap. Products and sums are rounded one by one, so
 * that a vector's width does not show in a result. */
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-math-errno")
#endif

/* A root that may set errno keeps its loop scalar; what is const sets nothing. */
float sqrtf(float) __attribute__((const));

#define LOOP static inline __attribute__((always_inline)) void

/* Compiles a loop for vectors of every width. Memory bounds an update, but the
 * fewer instructions it takes, the further ahead the processor asks for it. */
#if defined(__x86_64__)
#define EVERY_WIDTH(NAME, PARAMETERS, ARGUMENTS)            \
  WIDE16 static void NAME##16 PARAMETERS { NAME ARGUMENTS; } \
  WIDE8 static void NAME##8 PARAMETERS { NAME ARGUMENTS; }   \
  void memdil_##NAME PARAMETERS {                           \
    switch (width) {                                        \
      case 16: NAME##16 ARGUMENTS; return;                  \
      case 8: NAME##8 ARGUMENTS; return;                    \
      default: NAME ARGUMENTS;                              \
    }                                                       \
  }
#else
#define EVERY_WIDTH(NAME, PARAMETERS, ARGUMENTS) \
  void memdil_##NAME PARAMETERS { NAME ARGUMENTS; }
#endif

LOOP sgd(int width, float *restrict p, const float *restrict g, long n,
         float lr, float decay) {
  for (long i = 0; i < n; i++) p[i] -= lr * (g[i] + decay * p[i]);
}
EVERY_WIDTH(sgd, (int width, float *p, const float *g, long n, float lr, float decay),
            (width, p, g, n, lr, decay))

LOOP sgd_momentum(int width, float *restrict p, const float *restrict g,
                  float *restrict v, long n, float lr, float momentum,
                  float decay) {
  for (long i = 0; i < n; i++) {
    v[i] = momentum * v[i] + (g[i] + decay * p[i]);
    p[i] -= lr * v[i];
  }
}
EVERY_WIDTH(sgd_momentum,
            (int width, float *p, const float *g, float *v, long n, float lr,
             float momentum, float decay),
            (width, p, g, v, n, lr, momentum, decay))

LOOP adam(int width, float *restrict p, const float *restrict g,
          float *restrict m, float *restrict s, long n, float rate, float root,
          float decay, float beta1, float beta2, float epsilon) {
  for (long i = 0; i < n; i++) {
    float d = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * d;
    s[i] = beta2 * s[i] + (1 - beta2) * d * d;
    p[i] -= rate * (m[i] / (sqrtf(s[i]) / root + epsilon));
  }
}
EVERY_WIDTH(adam,
            (int width, float *p, const float *g, float *m, float *s, long n,
             float rate, float root, float decay, float beta1, float beta2,
             float epsilon),
            (width, p, g, m, s, n, rate, root, decay, beta1, beta2, epsilon))
