// Reductions over a row by one group of work-items. Each work-item reads every ITEMS-th element,
// and the group adds in a tree, so that the order of additions is always the same.

#define ITEMS 128

/// The sum of one value per work-item, returned to all of them.
float groupSum(float mine, __local float *scratch) {
  int item = get_local_id(0);
  scratch[item] = mine;
  for (int span = ITEMS / 2; span > 0; span /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < span) scratch[item] += scratch[item + span];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = scratch[0];
  // No work-item may write to scratch again before all have read.
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

/// The largest of one value per work-item, returned to all of them.
float groupMaximum(float mine, __local float *scratch) {
  int item = get_local_id(0);
  scratch[item] = mine;
  for (int span = ITEMS / 2; span > 0; span /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < span) scratch[item] = fmax(scratch[item], scratch[item + span]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float largest = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return largest;
}
