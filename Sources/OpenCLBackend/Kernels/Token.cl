/// y[row, :] = table[tokens[row], :] + positions[row mod length, :]; one work-item per element.
__kernel void embed(
    __global const int *tokens, __global const float *table, long tableAt,
    __global const float *positions, long positionsAt, __global float *y, long yAt, int length,
    int width, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  int row = i / width, column = i % width;
  y[yAt + i] = table[tableAt + (long)tokens[row] * width + column] +
               positions[positionsAt + (long)(row % length) * width + column];
}

/// losses[row] = logsumexp(logits[row, :]) − logits[row, target]; one group per row. With
/// wantsGradient the logits become (softmax − onehot) · scale. A negative target gives loss and
/// gradient 0.
__kernel void crossEntropy(
    __global float *logits, long logitsAt, __global const int *targets, __global float *losses,
    long lossesAt, int wantsGradient, float scale, int width) {
  __local float scratch[ITEMS];
  int row = get_group_id(0), item = get_local_id(0), target = targets[row];
  logits += logitsAt + (long)row * width;
  float largest = -INFINITY;
  for (int i = item; i < width; i += ITEMS) largest = fmax(largest, logits[i]);
  largest = groupMaximum(largest, scratch);
  float sum = 0.0f;
  for (int i = item; i < width; i += ITEMS) sum += exp(logits[i] - largest);
  float total = groupSum(sum, scratch);
  // Read before any work-item overwrites it.
  float chosen = target < 0 ? 0.0f : logits[target];
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (item == 0) losses[lossesAt + row] = target < 0 ? 0.0f : log(total) + largest - chosen;
  if (!wantsGradient) return;
  float factor = scale / total;
  for (int i = item; i < width; i += ITEMS) {
    float gradient = exp(logits[i] - largest) * factor - (i == target ? scale : 0.0f);
    logits[i] = target < 0 ? 0.0f : gradient;
  }
}
