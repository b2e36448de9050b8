// Shared by both norms: RMSNorm has no mean, so n = x · rstd, and mean(g) drops out.

/// With n = (x − mean) · rstd and g = dy · weight:  dx = rstd · (g − mean(g) − n · mean(g · n)).
__kernel void normBackward(
    __global const float *dy, long dyAt, __global const float *x, long xAt,
    __global const float *weight, long weightAt, __global const float *mean, long meanAt,
    __global const float *rstds, long rstdsAt, __global float *dx, long dxAt,
    int accumulate, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  dy += dyAt + (long)row * width;
  x += xAt + (long)row * width;
  dx += dxAt + (long)row * width;
  float mu = mean ? mean[meanAt + row] : 0.0f, rstd = rstds[rstdsAt + row];
  float sumG = 0.0f, sumGN = 0.0f;
  for (int i = item; i < width; i += ITEMS) {
    float g = dy[i] * weight[weightAt + i];
    sumG += g;
    sumGN = fma(g, (x[i] - mu) * rstd, sumGN);
  }
  float meanG = mean ? groupSum(sumG, scratch) / width : 0.0f;
  float meanGN = groupSum(sumGN, scratch) / width;
  for (int i = item; i < width; i += ITEMS) {
    float n = (x[i] - mu) * rstd;
    float gradient = (dy[i] * weight[weightAt + i] - meanG - n * meanGN) * rstd;
    dx[i] = accumulate ? dx[i] + gradient : gradient;
  }
}

/// Σ dy · n and Σ dy over one piece of the rows, side by side in `partials`; one work-item per
/// column.
__kernel void normWeightPieces(
    __global const float *dy, long dyAt, __global const float *x, long xAt,
    __global const float *mean, long meanAt, __global const float *rstds, long rstdsAt,
    __global float *partials, long partialsAt, int rowCount, int width, int stride) {
  int column = get_global_id(0), piece = get_global_id(1), pieces = get_global_size(1);
  if (column >= width) return;
  int first = (long)piece * rowCount / pieces, end = (long)(piece + 1) * rowCount / pieces;
  float sumN = 0.0f, sum = 0.0f;
  for (int row = first; row < end; row++) {
    float mu = mean ? mean[meanAt + row] : 0.0f;
    float d = dy[dyAt + (long)row * width + column];
    float n = (x[xAt + (long)row * width + column] - mu) * rstds[rstdsAt + row];
    sumN = fma(d, n, sumN);
    sum += d;
  }
  partials += partialsAt + (long)piece * stride + column;
  partials[0] = sumN;
  if (stride > width) partials[width] = sum;
}
