/* One pass over a block of a parameter, its gradient and its slots, by vectors
 * of 4, 8 or 16 floats: the results are the same. */
void memdil_sgd(int width, float *p, const float *g, long n, float lr,
                float decay);
void memdil_sgd_momentum(int width, float *p, const float *g, float *v, long n,
                         float lr, float momentum, float decay);
void memdil_adam(int width, float *p, const float *g, float *m, float *s, long n,
                 float rate, float root, float decay, float beta1, float beta2,
                 float epsilon);
