// A few queries at the end of a long cache: bound by memory (Flash-Decoding: Dao et al., 2023). The
// cache is split into ranges, so that the whole device has work. Each range produces a partial
// output with its maximum and its sum, and a second kernel merges the partials by log-sum-exp. The
// rows of all heads that share keys are processed together, so that a tile of keys is read once for
// all of them.

#define DECODE_KEYS 32
#define DECODE_ROWS 8

/// One range of one key/value head, for `groupSize * queryLength` rows. Each row writes headDim + 2
/// elements: the output, the largest score, the sum.
__kernel void attentionRange(
    __global const float *queries, long4 queryView, __global const float *keys, long4 keyView,
    __global const float *values, long4 valueView, __global float *partials, long partialsAt,
    __global const float *slopes, int seenKey, int endSeenKey, int rangeLength, Problem problem) {
  __local float4 stream[DECODE_KEYS * PITCH];
  __local float4 queryTile[DECODE_ROWS * PITCH], sums[DECODE_ROWS * PITCH];
  __local float weights[DECODE_ROWS * DECODE_KEYS];
  __local float largest[DECODE_ROWS], total[DECODE_ROWS], factors[DECODE_ROWS];

  int item = get_local_id(0), items = get_local_size(0);
  int kvHeadCount = problem.headCount / problem.groupSize;
  int kvHead = get_group_id(1) % kvHeadCount, batch = get_group_id(1) / kvHeadCount;
  int rowCount = problem.groupSize * problem.queryLength, width = HEAD_DIM + 2;
  int firstInRange = seenKey + get_group_id(0) * rangeLength;
  int endInRange = min(endSeenKey, firstInRange + rangeLength);
  keys += headStart(keyView, batch, kvHead);
  values += headStart(valueView, batch, kvHead);
  long place = (long)get_group_id(1) * get_num_groups(0) + get_group_id(0);
  partials += partialsAt + place * rowCount * width;

  for (int firstRow = 0; firstRow < rowCount; firstRow += DECODE_ROWS) {
    for (int n = item; n < DECODE_ROWS * QUADS; n += items) {
      int row = n / QUADS, quad = n % QUADS, r = firstRow + row;
      int head = kvHead * problem.groupSize + r / problem.queryLength;
      queryTile[row * PITCH + quad] =
          r < rowCount ? loadQuad(queries + headStart(queryView, batch, head) +
                                      r % problem.queryLength * queryView.w,
                                  quad, HEAD_DIM == DIM)
                       : (float4)(0.0f);
      sums[row * PITCH + quad] = (float4)(0.0f);
    }
    if (item < DECODE_ROWS) {
      largest[item] = -INFINITY;
      total[item] = 0.0f;
    }
    for (int firstKey = firstInRange; firstKey < endInRange; firstKey += DECODE_KEYS) {
      int keyCount = min(DECODE_KEYS, endInRange - firstKey);
      loadTile(stream, keys + firstKey * keyView.w, keyView.w, DECODE_KEYS, keyCount,
               items);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int n = item; n < DECODE_ROWS * DECODE_KEYS; n += items) {
        int row = n / DECODE_KEYS, k = n % DECODE_KEYS, r = firstRow + row, key = firstKey + k;
        float4 products = (float4)(0.0f);
        for (int quad = 0; quad < QUADS; quad++)
          products = fma(queryTile[row * PITCH + quad], stream[k * PITCH + quad], products);
        float score =
            (products.x + products.y + products.z + products.w) * problem.scale;
        int query = r % problem.queryLength;
        if (slopes && r < rowCount)
          score -= bias(slopes[kvHead * problem.groupSize + r / problem.queryLength] * LOG2_OF_E,
                        query, key, problem);
        bool isSeen = k < keyCount && sees(visibleKeys(query, problem, -1, 0), key, key);
        weights[n] = isSeen ? score : -INFINITY;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      // One work-item per row: with so few elements, a parallel sum would take longer.
      if (item < DECODE_ROWS) {
        float old = largest[item], most = old, sum = 0.0f;
        for (int k = 0; k < DECODE_KEYS; k++) most = fmax(most, weights[item * DECODE_KEYS + k]);
        float base = most == -INFINITY ? 0.0f : most;
        for (int k = 0; k < DECODE_KEYS; k++) {
          float weight = exp2(weights[item * DECODE_KEYS + k] - base);
          weights[item * DECODE_KEYS + k] = weight;
          sum += weight;
        }
        factors[item] = exp2(old - base);
        total[item] = total[item] * factors[item] + sum;
        largest[item] = most;
      }
      loadTile(stream, values + firstKey * valueView.w, valueView.w, DECODE_KEYS, keyCount,
               items);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int n = item; n < DECODE_ROWS * QUADS; n += items) {
        int row = n / QUADS, quad = n % QUADS;
        float4 sum = sums[row * PITCH + quad] * factors[row];
        for (int k = 0; k < DECODE_KEYS; k++)
          sum = fma((float4)(weights[row * DECODE_KEYS + k]), stream[k * PITCH + quad], sum);
        sums[row * PITCH + quad] = sum;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int n = item; n < DECODE_ROWS * width; n += items) {
      int row = n / width, d = n % width;
      if (firstRow + row >= rowCount) continue;
      __local const float *found = (__local const float *)(sums + row * PITCH);
      partials[(long)(firstRow + row) * width + d] =
          d < HEAD_DIM ? found[d] : d == HEAD_DIM ? largest[row] : total[row];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

/// Merges the partials of the ranges: one group per query of a head, one work-item per element.
__kernel void attentionMerge(
    __global const float *partials, long partialsAt, __global float *output, long4 outputView,
    __global float *logSumExp, long logSumExpAt, int rangeCount, Problem problem) {
  int query = get_group_id(0), width = HEAD_DIM + 2;
  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  int kvHeadCount = problem.headCount / problem.groupSize, kvHead = head / problem.groupSize;
  int rowCount = problem.groupSize * problem.queryLength;
  int row = head % problem.groupSize * problem.queryLength + query;
  long stride = (long)rowCount * width;
  partials += partialsAt + (long)row * width;
  partials += (long)(batch * kvHeadCount + kvHead) * rangeCount * stride;
  float largest = -INFINITY, total = 0.0f;
  for (int range = 0; range < rangeCount; range++)
    largest = fmax(largest, partials[range * stride + HEAD_DIM]);
  float base = largest == -INFINITY ? 0.0f : largest;
  for (int range = 0; range < rangeCount; range++)
    total += partials[range * stride + HEAD_DIM + 1] *
             exp2(partials[range * stride + HEAD_DIM] - base);
  output += headStart(outputView, batch, head) + query * outputView.w;
  for (int d = get_local_id(0); d < HEAD_DIM; d += get_local_size(0)) {
    float sum = 0.0f;
    for (int range = 0; range < rangeCount; range++)
      sum += partials[range * stride + d] *
             exp2(partials[range * stride + HEAD_DIM] - base);
    output[d] = total > 0.0f ? sum / total : 0.0f;
  }
  if (get_local_id(0) == 0)
    logSumExp[logSumExpAt + (long)get_group_id(1) * problem.queryLength + query] =
        total > 0.0f ? largest / LOG2_OF_E + log(total) : -INFINITY;
}
