struct Layer {
  let forward: (Double) -> Double
  let derivative: (Double) -> Double
}

func gradient(of layers: [Layer], at x: Double, segment: Int) -> Double {
  var kept: [Double] = []
  var value = x
  for (index, layer) in layers.enumerated() {
    if index % segment == 0 { kept.append(value) }
    value = layer.forward(value)
  }
  var gradient = 1.0
  for start in stride(from: 0, to: layers.count, by: segment).reversed() {
    let members = layers[start..<min(start + segment, layers.count)]
    var inputs = [kept[start / segment]]
    for layer in members.dropLast() { inputs.append(layer.forward(inputs[inputs.count - 1])) }
    for index in members.indices.reversed() {
      gradient *= layers[index].derivative(inputs[index - start])
    }
  }
  return gradient
}
