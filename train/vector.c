#include "vector.h"

#include <math.h>

/* The loops are plain so that the compiler vectorises them. Sums run in LANES
 * of their own, for adding in another order would change their last bits, and
 * so the compiler must not do it by itself. */
enum { LANES = 8 };

static double total(const double *lanes) {
  double sum = 0;
  for (int j = 0; j < LANES; j++) sum += lanes[j];
  return sum;
}

/* x·y */
double memdil_dot(const float *restrict x, const float *restrict y, long n) {
  double sum[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++)
      sum[j] += (double)x[i + j] * (double)y[i + j];
  for (; i < n; i++) sum[0] += (double)x[i] * (double)y[i];
  return total(sum);
}

/* g += decay·p; returns p·p */
double memdil_decay(const float *restrict p, float *restrict g, long n,
                    float decay) {
  for (long i = 0; i < n; i++) g[i] += decay * p[i];
  double sum[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++)
      sum[j] += (double)p[i + j] * (double)p[i + j];
  for (; i < n; i++) sum[0] += (double)p[i] * (double)p[i];
  return total(sum);
}

/* max |x|, and the sum of |x|, which is not finite when an element is not */
float memdil_magnitude(const float *restrict x, long n, double *restrict sum) {
  float most = 0;
  double lanes[LANES] = {0};
  long i = 0;
  for (; i < n; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  for (i = 0; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) lanes[j] += (double)fabsf(x[i + j]);
  for (; i < n; i++) lanes[0] += (double)fabsf(x[i]);
  *sum = total(lanes);
  return most;
}

/* With y = g − before and s = t·d: returns y·s, and y·y. */
double memdil_curvature(const float *restrict g, const float *restrict before,
                        const float *restrict d, long n, float t,
                        double *restrict yy) {
  double ys[LANES] = {0}, squares[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) {
      float y = g[i + j] - before[i + j], s = t * d[i + j];
      ys[j] += (double)y * (double)s;
      squares[j] += (double)y * (double)y;
    }
  for (; i < n; i++) {
    float y = g[i] - before[i], s = t * d[i];
    ys[0] += (double)y * (double)s;
    squares[0] += (double)y * (double)y;
  }
  *yy = total(squares);
  return total(ys);
}

/* y = g − before, s = t·d */
void memdil_secant(float *restrict y, float *restrict s, const float *restrict g,
                 const float *restrict before, const float *restrict d, long n,
                 float t) {
  for (long i = 0; i < n; i++) {
    y[i] = g[i] - before[i];
    s[i] = t * d[i];
  }
}

/* y += a·x */
void memdil_add(float *restrict y, long n, float a, const float *restrict x) {
  for (long i = 0; i < n; i++) y[i] += a * x[i];
}

/* y = a·x; y may be x */
void memdil_scale(float *y, long n, float a, const float *x) {
  for (long i = 0; i < n; i++) y[i] = a * x[i];
}

/* y = x + t·d */
void memdil_move(float *restrict y, const float *restrict x, long n, float t,
                 const float *restrict d) {
  for (long i = 0; i < n; i++) y[i] = x[i] + t * d[i];
}
