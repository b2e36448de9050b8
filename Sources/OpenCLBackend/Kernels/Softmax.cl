/// In place, x[r, :] = softmax(scale · x[r, :]) over the columns that the row sees; the rest
/// becomes 0. One group per row. Under a causal mask row r sees the first r + 1 + columns − rows
/// columns.
__kernel void softmaxRows(
    __global float *x, long xAt, float scale, int isCausal, int rows, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  x += xAt + (long)row * width;
  int seen = isCausal ? clamp(row % rows + 1 + width - rows, 0, width) : width;
  float largest = -INFINITY;
  for (int i = item; i < seen; i += ITEMS) largest = fmax(largest, x[i] * scale);
  largest = groupMaximum(largest, scratch);
  float sum = 0.0f;
  for (int i = item; i < seen; i += ITEMS) {
    float e = exp(x[i] * scale - largest);
    x[i] = e;
    sum += e;
  }
  float factor = 1.0f / groupSum(sum, scratch);
  for (int i = item; i < width; i += ITEMS) x[i] = i < seen ? x[i] * factor : 0.0f;
}

/// In place, dy[r, :] = scale · y[r, :] · (dy[r, :] − Σ y[r, :] · dy[r, :]); one group per row.
__kernel void softmaxRowsBackward(
    __global float *dy, long dyAt, __global const float *y, long yAt, float scale, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  dy += dyAt + (long)row * width;
  y += yAt + (long)row * width;
  float products = 0.0f;
  for (int i = item; i < width; i += ITEMS) products = fma(dy[i], y[i], products);
  float mean = groupSum(products, scratch);
  for (int i = item; i < width; i += ITEMS) dy[i] = y[i] * (dy[i] - mean) * scale;
}
