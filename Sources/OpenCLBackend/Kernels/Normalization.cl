/// y = (x − mean) · rstd · weight + bias, one group a row; keeps mean and rstd.
__kernel void layerNorm(
    __global const float *x, long xAt, __global const float *weight, long weightAt,
    __global const float *bias, long biasAt, __global float *y, long yAt, __global float *mean,
    long meanAt, __global float *deviation, long deviationAt, float epsilon, int width) {
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
    deviation[deviationAt + row] = rstd;
  }
  for (int i = item; i < width; i += ITEMS)
    y[i] = fma((x[i] - mu) * rstd, weight[weightAt + i], bias[biasAt + i]);
}

/// y = x · rrms · weight, with rrms = 1/√(mean(x²) + ε), which is kept.
__kernel void rmsNorm(
    __global const float *x, long xAt, __global const float *weight, long weightAt,
    __global float *y, long yAt, __global float *deviation, long deviationAt, float epsilon,
    int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  x += xAt + (long)row * width;
  y += yAt + (long)row * width;
  float squares = 0.0f;
  for (int i = item; i < width; i += ITEMS) squares = fma(x[i], x[i], squares);
  float rrms = 1.0f / sqrt(groupSum(squares, scratch) / width + epsilon);
  if (item == 0) deviation[deviationAt + row] = rrms;
  for (int i = item; i < width; i += ITEMS) y[i] = x[i] * rrms * weight[weightAt + i];
}
