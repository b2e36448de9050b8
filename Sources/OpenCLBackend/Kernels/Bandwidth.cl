/// The sum of a window of an array, one partial per group: measures reads.
__kernel void sumWindow(
    __global const float *x, long xAt, __global float *sums, long sumsAt, int quadCount) {
  __global const float4 *quads = (__global const float4 *)(x + xAt);
  __local float scratch[ITEMS];
  float4 sum = 0.0f;
  for (int i = get_global_id(0); i < quadCount; i += get_global_size(0)) sum += quads[i];
  float total = groupSum(sum.x + sum.y + sum.z + sum.w, scratch);
  if (get_local_id(0) == 0) sums[sumsAt + get_group_id(0)] = total;
}

/// y = x, four elements at a time: measures copies.
__kernel void copyWindow(
    __global const float *x, long xAt, __global float *y, long yAt, int quadCount) {
  __global const float4 *from = (__global const float4 *)(x + xAt);
  __global float4 *to = (__global float4 *)(y + yAt);
  for (int i = get_global_id(0); i < quadCount; i += get_global_size(0)) to[i] = from[i];
}

/// Sixteen independent chains of multiply-adds per work-item. Each has its own start, since equal
/// chains could be computed once.
__kernel void multiplyAddChains(__global float *sums, long sumsAt, int stepCount) {
  float16 chains = (float16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) * 1e-3f +
                   get_global_id(0) * 1e-6f;
  for (int step = 0; step < stepCount; step++) chains = fma(chains, 0.999f, 0.001f);
  float8 eight = chains.lo + chains.hi;
  float4 four = eight.lo + eight.hi;
  sums[sumsAt + get_global_id(0)] = four.x + four.y + four.z + four.w;
}
