/* One pass over a block of a parameter, its gradient and its slots. */
void memdil_sgd(float *p, const float *g, long n, float lr, float decay);
void memdil_sgd_momentum(float *p, const float *g, float *v, long n,
                         float lr, float momentum, float decay);
void memdil_adam(float *p, const float *g, float *m, float *s, long n,
                 float rate, float root, float decay,
                 float beta1, float beta2, float epsilon);
