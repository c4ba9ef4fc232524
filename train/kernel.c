#include "kernel.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
/* sqrtf need not set errno, which would keep its loop scalar. */
#pragma GCC optimize("no-math-errno")
#endif

/* The loops are plain so that the compiler vectorises them; restrict tells it
 * that the arrays do not overlap. */

void memdil_sgd(float *restrict p, const float *restrict g, long n, float lr,
                float decay) {
  for (long i = 0; i < n; i++) p[i] -= lr * (g[i] + decay * p[i]);
}

void memdil_sgd_momentum(float *restrict p, const float *restrict g,
                         float *restrict v, long n, float lr, float momentum,
                         float decay) {
  for (long i = 0; i < n; i++) {
    v[i] = momentum * v[i] + (g[i] + decay * p[i]);
    p[i] -= lr * v[i];
  }
}

void memdil_adam(float *restrict p, const float *restrict g, float *restrict m,
                 float *restrict s, long n, float rate, float root, float decay,
                 float beta1, float beta2, float epsilon) {
  for (long i = 0; i < n; i++) {
    float d = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * d;
    s[i] = beta2 * s[i] + (1 - beta2) * d * d;
    p[i] -= rate * (m[i] / (sqrtf(s[i]) / root + epsilon));
  }
}
