/// (a, b) → (a·cos − b·sin, a·sin + b·cos); one work-item per pair or, outside the rotated heads,
/// per two elements to copy. Source and target may be the same: a work-item writes only what it has
/// read.
__kernel void rotateHeads(
    __global const float *x, long xAt, __global float *y, long yAt, __global const float *cosines,
    long cosinesAt, __global const float *sines, long sinesAt, int width, int length,
    int firstPosition, int firstRotated, int endRotated, int headDim, int isInterleaved, float sign,
    int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  int perRow = (width + 1) / 2, span = headDim / 2;
  int row = i / perRow, pair = i % perRow;
  x += xAt + (long)row * width;
  y += yAt + (long)row * width;
  int rotatedPairs = (endRotated - firstRotated) / 2;
  if (pair >= rotatedPairs) {
    // The rest of the row, in order: the elements before the rotated heads, then those after.
    for (int k = 2 * pair; k < 2 * pair + 2 && k < width; k++) {
      int rest = k - 2 * rotatedPairs;
      int place = rest < firstRotated ? rest : rest + 2 * rotatedPairs;
      y[place] = x[place];
    }
    return;
  }
  int head = pair / span, d = pair % span;
  int start = firstRotated + head * headDim;
  int first = start + (isInterleaved ? 2 * d : d);
  int second = isInterleaved ? first + 1 : first + span;
  long table = (long)(firstPosition + row % length) * span + d;
  float c = cosines[cosinesAt + table], s = sines[sinesAt + table] * sign;
  float a = x[first], b = x[second];
  y[first] = a * c - b * s;
  y[second] = a * s + b * c;
}
