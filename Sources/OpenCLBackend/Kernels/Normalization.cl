/// y = (x − mean) · rstd · weight + bias, one group per row; stores mean and rstd.
__kernel void layerNorm(
    __global const float *x, long xAt, __global const float *weight, long weightAt,
    __global const float *bias, long biasAt, __global float *y, long yAt, __global float *mean,
    long meanAt, __global float *rstds, long rstdsAt, float epsilon, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  x += xAt + (long)row * width;
  y += yAt + (long)row * width;
  float sum = 0.0f;
  for (int i = item; i < width; i += ITEMS) sum += x[i];
  float mu = groupSum(sum, scratch) / width;
  // Two passes: the variance from squares of differences does not cancel.
  float squares = 0.0f;
  for (int i = item; i < width; i += ITEMS) squares = fma(x[i] - mu, x[i] - mu, squares);
  float rstd = 1.0f / sqrt(groupSum(squares, scratch) / width + epsilon);
  if (item == 0) {
    mean[meanAt + row] = mu;
    rstds[rstdsAt + row] = rstd;
  }
  for (int i = item; i < width; i += ITEMS)
    y[i] = fma((x[i] - mu) * rstd, weight[weightAt + i], bias[biasAt + i]);
}

/// y = x · rstd · weight, with rstd = 1/√(mean(x²) + ε), which is stored; one group per row.
__kernel void rmsNorm(
    __global const float *x, long xAt, __global const float *weight, long weightAt,
    __global float *y, long yAt, __global float *rstds, long rstdsAt, float epsilon,
    int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  x += xAt + (long)row * width;
  y += yAt + (long)row * width;
  float squares = 0.0f;
  for (int i = item; i < width; i += ITEMS) squares = fma(x[i], x[i], squares);
  float rstd = 1.0f / sqrt(groupSum(squares, scratch) / width + epsilon);
  if (item == 0) rstds[rstdsAt + row] = rstd;
  for (int i = item; i < width; i += ITEMS) y[i] = x[i] * rstd * weight[weightAt + i];
}
