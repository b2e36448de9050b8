@testable import func Learner.layerFlops

/// Layers of several sizes.
struct LayersCall: Decodable {
  let layers: [LayerSizes]
}

struct LayerSizes: Decodable {
  let length: Int
  let modelDim: Int
  let feedForwardDim: Int
}

func answer(_ call: LayersCall) -> [Double] {
  call.layers.map {
    layerFlops(length: $0.length, modelDim: $0.modelDim, feedForwardDim: $0.feedForwardDim)
  }
}
