/* g = left·right: rows × columns of rows × inner and inner × columns, for a
 * small inner size, by vectors of 4, 8 or 16 floats. */
void memdil_product(int width, float *g, const float *left, const float *right,
                    long rows, long columns, long inner);
