/// Copies [batch, length, heads, headDim] elements between two views; one work-item per element.
/// A view is (offset, batch stride, head stride, token stride).
__kernel void copyHeads(
    __global const float *source, long4 sourceView, __global float *target, long4 targetView,
    int position, int length, int headCount, int headDim, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  int d = i % headDim, head = i / headDim % headCount;
  int token = i / headDim / headCount % length, batch = i / headDim / headCount / length;
  target[targetView.x + batch * targetView.y + head * targetView.z
         + (position + token) * targetView.w + d] =
      source[sourceView.x + batch * sourceView.y + head * sourceView.z + token * sourceView.w + d];
}
