// Tiled attention, backward. The probabilities are computed again from the scores and the saved
// log-sum-exp: P = 2^(S − L). Two passes, so that one group owns each sum and no atomic additions
// are needed: one group per tile of queries computes dQ, then one per tile of keys computes dK and
// dV. That computes S and dO · Vᵀ twice, seven products per tile instead of five, and gives the
// same bits every time.

/// δ = Σ dO · O of each query; one work-item per query.
__kernel void attentionDelta(
    __global const float *gradient, long4 gradientView, __global const float *output,
    long4 outputView, __global float *delta, long deltaAt, int headCount, int queryLength,
    int headDim, int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  int query = i % queryLength, head = i / queryLength % headCount;
  int batch = i / queryLength / headCount;
  gradient += headStart(gradientView, batch, head) + query * gradientView.w;
  output += headStart(outputView, batch, head) + query * outputView.w;
  float sum = 0.0f;
  for (int d = 0; d < headDim; d++) sum = fma(gradient[d], output[d], sum);
  delta[deltaAt + i] = sum;
}

/// The probability of a pair and the gradient of its score, from the score and dO · v.
float2 weigh(float score, float product, float logSumExp, float delta, bool isSeen) {
  // A row that sees no key has weights 0.
  float weight = isSeen && logSumExp > -INFINITY ? exp2(score - logSumExp * LOG2_OF_E) : 0.0f;
  return (float2)(weight, weight * (product - delta));
}

/// dQ = scale · Σ dS · K: rows are queries, columns keys.
__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionQueryGradient(
    __global const float *gradient, long4 gradientView, __global const float *queries,
    long4 queryView, __global const float *keys, long4 keyView, __global const float *values,
    long4 valueView, __global const float *logSumExp, long logSumExpAt,
    __global const float *delta, long deltaAt, __global float *dQueries, long4 dQueryView,
    __global const int4 *tiles, __global const int4 *runs, __global const ulong *masks,
    __global const float *slopes, int tileCount, Problem problem) {
  __local float4 queryTile[ROWS * PITCH], gradientTile[ROWS * PITCH];
  __local float4 keyTile[COLUMNS * PITCH], valueTile[COLUMNS * PITCH];
  __local float4 weights[ROWS * WEIGHT_PITCH];

  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  int4 tile = tiles[tileCount - 1 - get_group_id(0)];
  int firstQuery = tile.x, queryCount = tile.y;
  keys += headStart(keyView, batch, head / problem.groupSize);
  values += headStart(valueView, batch, head / problem.groupSize);
  float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;
  loadTile(queryTile, queries + headStart(queryView, batch, head) + firstQuery * queryView.w,
           queryView.w, ROWS, queryCount, TILE_ITEMS, problem);
  loadTile(gradientTile,
           gradient + headStart(gradientView, batch, head) + firstQuery * gradientView.w,
           gradientView.w, ROWS, queryCount, TILE_ITEMS, problem);
  long firstRow = (long)get_group_id(1) * problem.queryLength + firstQuery + down;
  float rowLogSumExp[ROWS_PER_ITEM], rowDelta[ROWS_PER_ITEM];
  float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  EACH(r, ROWS_PER_ITEM) {
    bool isInRange = down + r < queryCount;
    rowLogSumExp[r] = isInRange ? logSumExp[logSumExpAt + firstRow + r] : -INFINITY;
    rowDelta[r] = isInRange ? delta[deltaAt + firstRow + r] : 0.0f;
    EACH(q, QUADS_PER_ITEM) sums[r][q] = (float4)(0.0f);
  }

  for (int run = tile.z; run < tile.z + tile.w; run++) {
    int endKey = runs[run].y, cut = runs[run].z;
    for (int firstKey = runs[run].x; firstKey < endKey; firstKey += COLUMNS) {
      int keyCount = min(COLUMNS, endKey - firstKey);
      loadTile(keyTile, keys + firstKey * keyView.w, keyView.w, COLUMNS, keyCount,
               TILE_ITEMS, problem);
      loadTile(valueTile, values + firstKey * valueView.w, valueView.w, COLUMNS, keyCount,
               TILE_ITEMS, problem);
      barrier(CLK_LOCAL_MEM_FENCE);
      float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], products[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
      multiplyTiles(scores, queryTile, keyTile);
      multiplyTiles(products, gradientTile, valueTile);
      bool isWhole = keyCount == COLUMNS && allSee(firstQuery, firstQuery + queryCount, firstKey,
                                                   firstKey + COLUMNS, problem, cut);
      int bit = firstBit(firstKey, problem, cut);
      EACH(r, ROWS_PER_ITEM) {
        int query = firstQuery + down + r;
        VisibleKeys visible = visibleKeys(query, problem, isWhole ? -1 : cut, masks);
        EACH(c, COLUMNS_PER_ITEM) {
          int key = firstKey + across + c * ACROSS;
          float score = scores[r][c] * problem.scale;
          if (slopes) score -= bias(slope, query, key, problem);
          bool isSeen = isWhole || (key < endKey && sees(visible, key, bit));
          scores[r][c] = weigh(score, products[r][c], rowLogSumExp[r], rowDelta[r], isSeen).y;
        }
      }
      shareWeights(weights, scores);
      barrier(CLK_LOCAL_MEM_FENCE);
      addWeightedRows(sums, weights, keyTile);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  dQueries += headStart(dQueryView, batch, head) + firstQuery * dQueryView.w;
  EACH(r, ROWS_PER_ITEM)
    if (down + r < queryCount)
      storeRow(dQueries + (down + r) * dQueryView.w, sums[r], problem.gradientScale,
               problem.headDim);
}

/// dK = scale · Σ dSᵀ · Q and dV = Σ Pᵀ · dO: rows are keys, columns queries, of all heads that
/// share these keys.
__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionKeyGradient(
    __global const float *gradient, long4 gradientView, __global const float *queries,
    long4 queryView, __global const float *keys, long4 keyView, __global const float *values,
    long4 valueView, __global const float *logSumExp, long logSumExpAt,
    __global const float *delta, long deltaAt, __global float *dKeys, long4 dKeyView,
    __global float *dValues, long4 dValueView, __global const int4 *tiles,
    __global const int4 *runs, __global const ulong *masks, __global const float *slopes,
    int tileCount, Problem problem) {
  __local float4 keyTile[ROWS * PITCH], valueTile[ROWS * PITCH];
  __local float4 queryTile[COLUMNS * PITCH], gradientTile[COLUMNS * PITCH];
  __local float4 weights[ROWS * WEIGHT_PITCH], scoreGradients[ROWS * WEIGHT_PITCH];

  int kvHeadCount = problem.headCount / problem.groupSize;
  int kvHead = get_group_id(1) % kvHeadCount, batch = get_group_id(1) / kvHeadCount;
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  int4 tile = tiles[get_group_id(0)];
  int firstKey = tile.x, keyCount = tile.y;
  loadTile(keyTile, keys + headStart(keyView, batch, kvHead) + firstKey * keyView.w, keyView.w,
           ROWS, keyCount, TILE_ITEMS, problem);
  loadTile(valueTile, values + headStart(valueView, batch, kvHead) + firstKey * valueView.w,
           valueView.w, ROWS, keyCount, TILE_ITEMS, problem);
  float4 keySums[ROWS_PER_ITEM][QUADS_PER_ITEM], valueSums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  EACH(r, ROWS_PER_ITEM)
    EACH(q, QUADS_PER_ITEM) keySums[r][q] = valueSums[r][q] = (float4)(0.0f);

  for (int head = kvHead * problem.groupSize; head < (kvHead + 1) * problem.groupSize; head++) {
    __global const float *headQueries = queries + headStart(queryView, batch, head);
    __global const float *headGradient = gradient + headStart(gradientView, batch, head);
    long firstRow = (long)(batch * problem.headCount + head) * problem.queryLength;
    float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;
    for (int run = tile.z; run < tile.z + tile.w; run++) {
      int endQuery = runs[run].y, cut = runs[run].z;
      for (int firstQuery = runs[run].x; firstQuery < endQuery; firstQuery += COLUMNS) {
        int queryCount = min(COLUMNS, endQuery - firstQuery);
        loadTile(queryTile, headQueries + firstQuery * queryView.w, queryView.w, COLUMNS,
                 queryCount, TILE_ITEMS, problem);
        loadTile(gradientTile, headGradient + firstQuery * gradientView.w, gradientView.w,
                 COLUMNS, queryCount, TILE_ITEMS, problem);
        barrier(CLK_LOCAL_MEM_FENCE);
        float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], products[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
        multiplyTiles(scores, keyTile, queryTile);
        multiplyTiles(products, valueTile, gradientTile);
        bool isWhole = allSee(firstQuery, firstQuery + queryCount, firstKey, firstKey + keyCount,
                              problem, cut);
        int bit = firstBit(firstKey, problem, cut);
        EACH(c, COLUMNS_PER_ITEM) {
          int query = firstQuery + across + c * ACROSS;
          bool isInRange = query < endQuery;
          float queryLogSumExp = isInRange ? logSumExp[logSumExpAt + firstRow + query] : -INFINITY;
          float queryDelta = isInRange ? delta[deltaAt + firstRow + query] : 0.0f;
          VisibleKeys visible =
            visibleKeys(query, problem, isInRange && !isWhole ? cut : -1, masks);
          EACH(r, ROWS_PER_ITEM) {
            int key = firstKey + down + r;
            float score = scores[r][c] * problem.scale;
            if (slopes) score -= bias(slope, query, key, problem);
            bool isSeen = isInRange && (isWhole || sees(visible, key, bit));
            float2 pair = weigh(score, products[r][c], queryLogSumExp, queryDelta, isSeen);
            scores[r][c] = pair.x;
            products[r][c] = pair.y;
          }
        }
        shareWeights(weights, scores);
        shareWeights(scoreGradients, products);
        barrier(CLK_LOCAL_MEM_FENCE);
        addWeightedRows(valueSums, weights, gradientTile);
        addWeightedRows(keySums, scoreGradients, queryTile);
        barrier(CLK_LOCAL_MEM_FENCE);
      }
    }
  }
  dKeys += headStart(dKeyView, batch, kvHead) + firstKey * dKeyView.w;
  dValues += headStart(dValueView, batch, kvHead) + firstKey * dValueView.w;
  EACH(r, ROWS_PER_ITEM) {
    if (down + r >= keyCount) continue;
    storeRow(dKeys + (down + r) * dKeyView.w, keySums[r], problem.gradientScale, problem.headDim);
    storeRow(dValues + (down + r) * dValueView.w, valueSums[r], 1.0f, problem.headDim);
  }
}
