/// lowbias32 (Wellons, 2018), as in `DropoutMask`. It uses integers, so it is the same on every
/// device.
uint mixBits(uint x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

/// y = (residual +) (kept ? x · scale : 0). An element is kept if the upper 24 bits of its hash are
/// at least the threshold. The mask is a function of the index, so it is never stored.
__kernel void dropout(
    __global const float *x, long xAt, __global const float *residual, long residualAt,
    __global float *y, long yAt, int keyFirst, int keySecond, int threshold, float scale,
    int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  uint hash = mixBits(mixBits((uint)i ^ (uint)keyFirst) + (uint)keySecond);
  float kept = (int)(hash >> 8) >= threshold ? x[xAt + i] * scale : 0.0f;
  y[yAt + i] = residual ? residual[residualAt + i] + kept : kept;
}
