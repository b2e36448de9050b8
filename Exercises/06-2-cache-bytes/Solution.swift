struct Shape {
  var layerCount: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var bytesPerNumber: Int
}

func longestContext(of shape: Shape, memoryBytes: Int, batch: Int) -> Int {
  let numbers = 2 * shape.layerCount * shape.kvHeadCount * shape.headDim
  let bytesPerToken = numbers * shape.bytesPerNumber
  return memoryBytes / (bytesPerToken * batch)
}
