/* Operations on blocks of long vectors; sums are taken in double. */
double memdil_dot(const float *x, const float *y, long n);
double memdil_decay(const float *p, float *g, long n, float decay);
float memdil_magnitude(const float *x, long n, double *sum);
double memdil_curvature(const float *g, const float *before, const float *d,
                        long n, float t, double *yy);
void memdil_secant(float *y, float *s, const float *g, const float *before,
                 const float *d, long n, float t);
void memdil_add(float *y, long n, float a, const float *x);
void memdil_scale(float *y, long n, float a, const float *x);
void memdil_move(float *y, const float *x, long n, float t, const float *d);
