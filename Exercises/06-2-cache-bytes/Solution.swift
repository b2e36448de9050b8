struct Shape {
  var fullLayerCount: Int
  var windowLayerCount: Int
  var window: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var bytesPerElement: Int
}

func longestContext(of shape: Shape, memoryBytes: Int, batch: Int) -> Int {
  let token = 2 * shape.kvHeadCount * shape.headDim * shape.bytesPerElement * batch
  let layerCount = shape.fullLayerCount + shape.windowLayerCount
  let short = memoryBytes / (token * layerCount)
  if shape.windowLayerCount == 0 || short < shape.window { return short }
  let windows = token * shape.windowLayerCount * shape.window
  guard shape.fullLayerCount > 0 else { return Int.max }
  return (memoryBytes - windows) / (token * shape.fullLayerCount)
}
