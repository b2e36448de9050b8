import Foundation

/// Attention of one device's query over a part of the keys.
struct Part {
  /// Weighted mean of the part's values.
  var output: [Float]
  /// ln Σ exp(score) over the part's keys.
  var logSumExp: Float
}

/// Causal attention of devices in a ring (Liu et al., 2023).
///
/// - `count`: the number of devices, and of parts of the text.
/// - `attend`: the attention of a device's query to the keys of a part, both from 0 to count − 1.
/// - Returns: for each device the attention to the parts 0 to its own.
func ringAttention(count: Int, attend: (_ device: Int, _ part: Int) -> Part) -> [Part] {
  // TODO: in each step, which part does each device hold? Attend to it unless it is later; merge.
  return []
}
