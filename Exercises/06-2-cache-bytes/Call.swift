@testable import struct Learner.Shape
@testable import func Learner.longestContext

/// Caches of one sequence, in which every layer keeps all tokens.
struct CachesCall: Decodable {
  let caches: [CacheSizes]
}

struct CacheSizes: Decodable {
  let layerCount: Int
  let headCount: Int
  let kvHeadCount: Int
  let headDim: Int
  let bytesPerElement: Int
  let memoryBytes: Int
}

func answer(_ call: CachesCall) -> [Int] {
  call.caches.map { cache in
    longestContext(
      of: Shape(
        fullLayerCount: cache.layerCount, windowLayerCount: 0, window: 1,
        headCount: cache.headCount, kvHeadCount: cache.kvHeadCount, headDim: cache.headDim,
        bytesPerElement: cache.bytesPerElement), memoryBytes: cache.memoryBytes, batch: 1)
  }
}
