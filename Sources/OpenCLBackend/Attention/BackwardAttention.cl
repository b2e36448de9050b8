// Tiled attention, backward. The probabilities are computed again from the scores and the saved
// log-sum-exp: P = 2^(S − L). Two passes, so that one group owns each sum and no atomic additions
// are needed: one group per tile of queries computes dQ, then one per tile of keys computes dK and
// dV. That computes S and dO · Vᵀ twice, seven products per tile instead of five, and gives the
// same bits every time.
//
// The tiles of the rows stay in local memory. One buffer holds the tile of columns that a first
// product needs, and then the weights of a second product.

/// δ = Σ dO · O of each query; one work-item per query.
__kernel void attentionDelta(
    __global const float *gradient, long4 gradientView, __global const float *output,
    long4 outputView, __global float *delta, long deltaAt, int headCount, int queryLength,
    int count) {
  int i = get_global_id(0);
  if (i >= count) return;
  int query = i % queryLength, head = i / queryLength % headCount;
  int batch = i / queryLength / headCount;
  gradient += headStart(gradientView, batch, head) + query * gradientView.w;
  output += headStart(outputView, batch, head) + query * outputView.w;
  float sum = 0.0f;
  for (int d = 0; d < HEAD_DIM; d++) sum = fma(gradient[d], output[d], sum);
  delta[deltaAt + i] = sum;
}

/// The probability of a pair, from its score and the log-sum-exp of its query, both in powers of
/// two.
INLINED float probability(float score, float logSumExp, bool isSeen) {
  // A query that sees no key has weights 0.
  return isSeen && logSumExp > -INFINITY ? exp2(score - logSumExp) : 0.0f;
}

/// dQ = scale · Σ dS · K: rows are queries, columns keys.
__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionQueryGradient(
    __global const float *restrict gradient, long4 gradientView,
    __global const float *restrict queries, long4 queryView, __global const float *restrict keys,
    long4 keyView, __global const float *restrict values, long4 valueView,
    __global const float *restrict logSumExp, long logSumExpAt,
    __global const float *restrict delta, long deltaAt, __global float *restrict dQueries,
    long4 dQueryView, __global const int4 *restrict tiles, __global const int4 *restrict runs,
    __global const ulong *restrict masks, __global const float *restrict slopes, int tileCount,
    Problem problem) {
  __local float4 queryTile[ROWS * PITCH], gradientTile[ROWS * PITCH];
  // Values, then keys, then dS.
  __local float4 stream[LARGER(COLUMNS * PITCH, ROWS * WEIGHT_PITCH)];

  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  int4 tile = tiles[tileCount - 1 - get_group_id(0)];
  int firstQuery = tile.x, queryCount = tile.y;
  keys += headStart(keyView, batch, head / problem.groupSize);
  values += headStart(valueView, batch, head / problem.groupSize);
  float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;
  loadTile(queryTile, queries + headStart(queryView, batch, head) + firstQuery * queryView.w,
           queryView.w, ROWS, queryCount, TILE_ITEMS);
  loadTile(gradientTile,
           gradient + headStart(gradientView, batch, head) + firstQuery * gradientView.w,
           gradientView.w, ROWS, queryCount, TILE_ITEMS);
  long firstRow = (long)get_group_id(1) * problem.queryLength + firstQuery;
  float rowLogSumExp[ROWS_PER_ITEM], rowDelta[ROWS_PER_ITEM];
  float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  EACH(r, ROWS_PER_ITEM) {
    bool isInRange = MY_ROW(r) < queryCount;
    rowLogSumExp[r] =
        isInRange ? logSumExp[logSumExpAt + firstRow + MY_ROW(r)] * LOG2_OF_E : -INFINITY;
    rowDelta[r] = isInRange ? delta[deltaAt + firstRow + MY_ROW(r)] : 0.0f;
    EACH(q, QUADS_PER_ITEM) sums[r][q] = (float4)(0.0f);
  }

  for (int run = tile.z; run < tile.z + tile.w; run++) {
    int endKey = runs[run].y, cut = runs[run].z;
    for (int firstKey = runs[run].x; firstKey < endKey; firstKey += COLUMNS) {
      int keyCount = min(COLUMNS, endKey - firstKey);
      float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], products[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
      loadTile(stream, values + firstKey * valueView.w, valueView.w, COLUMNS, keyCount,
               TILE_ITEMS);
      barrier(CLK_LOCAL_MEM_FENCE);
      multiplyTiles(products, gradientTile, stream);
      barrier(CLK_LOCAL_MEM_FENCE);
      loadTile(stream, keys + firstKey * keyView.w, keyView.w, COLUMNS, keyCount, TILE_ITEMS);
      barrier(CLK_LOCAL_MEM_FENCE);
      multiplyTiles(scores, queryTile, stream);
      barrier(CLK_LOCAL_MEM_FENCE);

      bool isWhole = keyCount == COLUMNS && allSee(firstQuery, firstQuery + queryCount, firstKey,
                                                   firstKey + COLUMNS, problem, cut);
      int bit = firstBit(firstKey, problem, cut);
      EACH(r, ROWS_PER_ITEM) {
        int query = firstQuery + MY_ROW(r);
        VisibleKeys visible = visibleKeys(query, problem, isWhole ? -1 : cut, masks);
        EACH(c, COLUMNS_PER_ITEM) {
          int key = firstKey + MY_COLUMN(c);
          float score = scores[r][c] * problem.scale;
          if (slopes) score -= bias(slope, query, key, problem);
          bool isSeen = isWhole || (key < endKey && sees(visible, key, bit));
          scores[r][c] =
              probability(score, rowLogSumExp[r], isSeen) * (products[r][c] - rowDelta[r]);
        }
      }
      shareWeights(stream, scores);
      barrier(CLK_LOCAL_MEM_FENCE);
      addWeightedRows(sums, stream, keys + firstKey * keyView.w, keyView.w, keyCount);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  dQueries += headStart(dQueryView, batch, head) + firstQuery * dQueryView.w;
  EACH(r, ROWS_PER_ITEM)
    if (MY_ROW(r) < queryCount)
      storeRow(dQueries + MY_ROW(r) * dQueryView.w, sums[r], problem.gradientScale);
}

/// dK = scale · Σ dSᵀ · Q and dV = Σ Pᵀ · dO: rows are keys, columns queries, of all heads that
/// share these keys.
__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionKeyGradient(
    __global const float *restrict gradient, long4 gradientView,
    __global const float *restrict queries, long4 queryView, __global const float *restrict keys,
    long4 keyView, __global const float *restrict values, long4 valueView,
    __global const float *restrict logSumExp, long logSumExpAt,
    __global const float *restrict delta, long deltaAt, __global float *restrict dKeys,
    long4 dKeyView, __global float *restrict dValues, long4 dValueView,
    __global const int4 *restrict tiles, __global const int4 *restrict runs,
    __global const ulong *restrict masks, __global const float *restrict slopes, int tileCount,
    Problem problem) {
  __local float4 keyTile[ROWS * PITCH], valueTile[ROWS * PITCH];
  // Queries, then dO, then Pᵀ, then dSᵀ.
  __local float4 stream[LARGER(COLUMNS * PITCH, ROWS * WEIGHT_PITCH)];
  __local float columnLogSumExp[COLUMNS], columnDelta[COLUMNS];

  int kvHeadCount = problem.headCount / problem.groupSize;
  int kvHead = get_group_id(1) % kvHeadCount, batch = get_group_id(1) / kvHeadCount;
  int4 tile = tiles[get_group_id(0)];
  int firstKey = tile.x, keyCount = tile.y;
  loadTile(keyTile, keys + headStart(keyView, batch, kvHead) + firstKey * keyView.w, keyView.w,
           ROWS, keyCount, TILE_ITEMS);
  loadTile(valueTile, values + headStart(valueView, batch, kvHead) + firstKey * valueView.w,
           valueView.w, ROWS, keyCount, TILE_ITEMS);
  float4 keySums[ROWS_PER_ITEM][QUADS_PER_ITEM], valueSums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  EACH(r, ROWS_PER_ITEM)
    EACH(q, QUADS_PER_ITEM) keySums[r][q] = valueSums[r][q] = (float4)(0.0f);

  for (int head = kvHead * problem.groupSize; head < (kvHead + 1) * problem.groupSize; head++) {
    __global const float *headQueries = queries + headStart(queryView, batch, head);
    __global const float *headGradient = gradient + headStart(gradientView, batch, head);
    long headRow = (long)(batch * problem.headCount + head) * problem.queryLength;
    float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;
    for (int run = tile.z; run < tile.z + tile.w; run++) {
      int endQuery = runs[run].y, cut = runs[run].z;
      for (int firstQuery = runs[run].x; firstQuery < endQuery; firstQuery += COLUMNS) {
        int queryCount = min(COLUMNS, endQuery - firstQuery);
        float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], products[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
        loadTile(stream, headQueries + firstQuery * queryView.w, queryView.w, COLUMNS, queryCount,
                 TILE_ITEMS);
        for (int column = get_local_id(0); column < COLUMNS; column += TILE_ITEMS) {
          long row = headRow + firstQuery + column;
          bool isInRange = column < queryCount;
          columnLogSumExp[column] =
              isInRange ? logSumExp[logSumExpAt + row] * LOG2_OF_E : -INFINITY;
          columnDelta[column] = isInRange ? delta[deltaAt + row] : 0.0f;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        multiplyTiles(scores, keyTile, stream);
        bool isWhole = allSee(firstQuery, firstQuery + queryCount, firstKey, firstKey + keyCount,
                              problem, cut);
        int bit = firstBit(firstKey, problem, cut);
        EACH(c, COLUMNS_PER_ITEM) {
          int query = min(firstQuery + MY_COLUMN(c), endQuery - 1);
          VisibleKeys visible = visibleKeys(query, problem, isWhole ? -1 : cut, masks);
          EACH(r, ROWS_PER_ITEM) {
            int key = firstKey + MY_ROW(r);
            float score = scores[r][c] * problem.scale;
            if (slopes) score -= bias(slope, query, key, problem);
            bool isSeen = isWhole || sees(visible, key, bit);
            scores[r][c] = probability(score, columnLogSumExp[MY_COLUMN(c)], isSeen);
          }
        }
        barrier(CLK_LOCAL_MEM_FENCE);

        loadTile(stream, headGradient + firstQuery * gradientView.w, gradientView.w, COLUMNS,
                 queryCount, TILE_ITEMS);
        barrier(CLK_LOCAL_MEM_FENCE);
        multiplyTiles(products, valueTile, stream);
        EACH(c, COLUMNS_PER_ITEM)
          EACH(r, ROWS_PER_ITEM)
            products[r][c] = scores[r][c] * (products[r][c] - columnDelta[MY_COLUMN(c)]);
        barrier(CLK_LOCAL_MEM_FENCE);

        shareWeights(stream, scores);
        barrier(CLK_LOCAL_MEM_FENCE);
        addWeightedRows(valueSums, stream, headGradient + firstQuery * gradientView.w,
                        gradientView.w, queryCount);
        barrier(CLK_LOCAL_MEM_FENCE);
        shareWeights(stream, products);
        barrier(CLK_LOCAL_MEM_FENCE);
        addWeightedRows(keySums, stream, headQueries + firstQuery * queryView.w, queryView.w,
                        queryCount);
        barrier(CLK_LOCAL_MEM_FENCE);
      }
    }
  }
  dKeys += headStart(dKeyView, batch, kvHead) + firstKey * dKeyView.w;
  dValues += headStart(dValueView, batch, kvHead) + firstKey * dValueView.w;
  EACH(r, ROWS_PER_ITEM) {
    if (MY_ROW(r) >= keyCount) continue;
    storeRow(dKeys + MY_ROW(r) * dKeyView.w, keySums[r], problem.gradientScale);
    storeRow(dValues + MY_ROW(r) * dValueView.w, valueSums[r], 1.0f);
  }
}
