struct Shape {
  var layerCount: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var bytesPerElement: Int
}

func longestContext(of shape: Shape, memoryBytes: Int, batch: Int) -> Int {
  let elements = 2 * shape.layerCount * shape.kvHeadCount * shape.headDim
  let bytesPerToken = elements * shape.bytesPerElement
  return memoryBytes / (bytesPerToken * batch)
}
