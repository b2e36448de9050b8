/// The attention probabilities: masked scores, then softmax; one group per query. Groups along the
/// first axis: MAP_ROWS for each tile of queries.
__kernel void attentionMap(
    __global const float *queries, long4 queryView, __global const float *keys, long4 keyView,
    __global float *map, long mapAt, __global const int4 *tiles, __global const int4 *runs,
    __global const ulong *masks, __global const float *slopes, Problem problem) {
  __local float scratch[ITEMS];
  int item = get_local_id(0);
  int4 tile = tiles[get_group_id(0) / MAP_ROWS];
  int inTile = get_group_id(0) % MAP_ROWS, query = tile.x + inTile;
  // A group beyond the end of its tile computes nothing, but it reaches every barrier: some drivers
  // fail if a group returns before one.
  bool isInRange = inTile < tile.y;
  int keyLength = isInRange ? problem.keyLength : 0, endRun = isInRange ? tile.z + tile.w : tile.z;
  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  queries += headStart(queryView, batch, head) + query * queryView.w;
  keys += headStart(keyView, batch, head / problem.groupSize);
  map += mapAt + ((long)get_group_id(1) * problem.queryLength + query) * problem.keyLength;
  float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;

  for (int key = item; key < keyLength; key += ITEMS) map[key] = -INFINITY;
  barrier(CLK_GLOBAL_MEM_FENCE);
  float largest = -INFINITY;
  for (int run = tile.z; run < endRun; run++) {
    int cut = runs[run].z, bit = firstBit(runs[run].x, problem, cut);
    VisibleKeys visible = visibleKeys(query, problem, cut, masks);
    for (int key = runs[run].x + item; key < runs[run].y; key += ITEMS) {
      if (!sees(visible, key, bit)) continue;
      float score = 0.0f;
      for (int d = 0; d < HEAD_DIM; d++)
        score = fma(queries[d], keys[key * keyView.w + d], score);
      score *= problem.scale;
      if (slopes) score -= bias(slope, query, key, problem);
      map[key] = score;
      largest = fmax(largest, score);
    }
  }
  largest = groupMaximum(largest, scratch);
  barrier(CLK_GLOBAL_MEM_FENCE);
  float base = largest == -INFINITY ? 0.0f : largest, sum = 0.0f;
  for (int key = item; key < keyLength; key += ITEMS) {
    float weight = exp2(map[key] - base);
    map[key] = weight;
    sum += weight;
  }
  sum = groupSum(sum, scratch);
  float factor = sum > 0.0f ? 1.0f / sum : 0.0f;
  for (int key = item; key < keyLength; key += ITEMS) map[key] *= factor;
}
