/// y[i, :] = x[rows[i], :]; one work-item per element.
__kernel void gatherRows(
    __global const float *x, long xAt, __global const int *rows, __global float *y, long yAt,
    int width, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  y[yAt + i] = x[xAt + (long)rows[i / width] * width + i % width];
}

/// Scatter-adds rows: adds to one row of y, in ascending order, the rows of x that belong to it.
/// `order` lists the rows of x sorted by their target; `starts` is the index in it of each target's
/// first row. Targets along the second axis, columns along the first.
__kernel void scatterAddRows(
    __global const float *x, long xAt, __global const int *order, __global const int *starts,
    __global const int *targets, __global float *y, long yAt, int width) {
  int column = get_global_id(0), entry = get_global_id(1);
  if (column >= width) return;
  long target = yAt + (long)targets[entry] * width + column;
  float sum = y[target];
  for (int i = starts[entry]; i < starts[entry + 1]; i++)
    sum += x[xAt + (long)order[i] * width + column];
  y[target] = sum;
}

/// y[row, :] = factors[row] · x[row, :]; one work-item per element.
__kernel void scaleRows(
    __global const float *x, long xAt, __global const float *factors, long factorsAt,
    __global float *y, long yAt, int width, int count) {
  int i = get_global_id(0);
  if (i < count) y[yAt + i] = x[xAt + i] * factors[factorsAt + i / width];
}

/// y[row] = Σ a[row, :] · b[row, :]; one group per row.
__kernel void rowDots(
    __global const float *a, long aAt, __global const float *b, long bAt, __global float *y,
    long yAt, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0);
  a += aAt + (long)row * width;
  b += bAt + (long)row * width;
  float sum = 0.0f;
  for (int i = item; i < width; i += ITEMS) sum = fma(a[i], b[i], sum);
  sum = groupSum(sum, scratch);
  if (item == 0) y[yAt + row] = sum;
}
