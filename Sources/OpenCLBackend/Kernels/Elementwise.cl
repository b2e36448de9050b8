/// y[i] = value.
__kernel void fillWith(__global float *y, long yAt, float value, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] = value;
}

/// y[i] = x[i].
__kernel void copyElements(
    __global const float *x, long xAt, __global float *y, long yAt, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] = x[xAt + i];
}

/// y[i] += x[i].
__kernel void addTo(__global const float *x, long xAt, __global float *y, long yAt, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] += x[xAt + i];
}

/// y[i] = a[i] · b[i].
__kernel void multiplyElements(
    __global const float *a, long aAt, __global const float *b, long bAt, __global float *y,
    long yAt, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] = a[aAt + i] * b[bAt + i];
}

/// y[i] *= factor.
__kernel void scaleBy(__global float *y, long yAt, float factor, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] *= factor;
}

/// y[row, :] = residual[row, :] + bias; an absent residual counts as zero.
__kernel void fillRows(
    __global float *y, long yAt, __global const float *residual, long residualAt,
    __global const float *bias, long biasAt, int width, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  float start = residual ? residual[residualAt + i] : 0.0f;
  y[yAt + i] = start + bias[biasAt + i % width];
}

/// Sums of columns over one piece of the rows; one work-item per column, groups along the first
/// axis, pieces along the second.
__kernel void sumPieces(
    __global const float *x, long xAt, __global float *partials, long partialsAt, int rowCount,
    int width) {
  int column = get_global_id(0), piece = get_global_id(1), pieces = get_global_size(1);
  if (column >= width) return;
  int first = (long)piece * rowCount / pieces, end = (long)(piece + 1) * rowCount / pieces;
  float sum = 0.0f;
  for (int row = first; row < end; row++) sum += x[xAt + (long)row * width + column];
  partials[partialsAt + (long)piece * width + column] = sum;
}

/// Adds the partial sums of the pieces, in order. `stride` is the distance from piece to piece.
__kernel void joinPieces(
    __global const float *partials, long partialsAt, __global float *sums, long sumsAt, int pieces,
    int first, int stride, int width, int accumulate) {
  int column = get_global_id(0);
  if (column >= width) return;
  float sum = accumulate ? sums[sumsAt + column] : 0.0f;
  for (int piece = 0; piece < pieces; piece++)
    sum += partials[partialsAt + (long)piece * stride + first + column];
  sums[sumsAt + column] = sum;
}

/// Sums of squares of runs of `run` elements, one run per group.
__kernel void sumOfSquares(
    __global const float *x, long xAt, __global float *sums, long sumsAt, int run, int count) {
  __local float scratch[ITEMS];
  int first = get_group_id(0) * run, end = min(count, first + run);
  float sum = 0.0f;
  for (int i = first + get_local_id(0); i < end; i += ITEMS)
    sum = fma(x[xAt + i], x[xAt + i], sum);
  sum = groupSum(sum, scratch);
  if (get_local_id(0) == 0) sums[sumsAt + get_group_id(0)] = sum;
}
