import Autograd
import SmallTransformer
import TensorCore

/// Mixture-of-Depths: every second block processes only the tokens with the highest scores; the
/// others skip it unchanged (Raposo et al., 2024, section 3).
package struct MixtureOfDepths: BlockScheme {
  /// The share of tokens that take a routed block.
  package var capacity: Double
  package var rule: RoutingRule
  package var recorder: RoutingRecorder?

  package init(capacity: Double, rule: RoutingRule, recorder: RoutingRecorder? = nil) throws {
    try requireCapacity(capacity)
    self.capacity = capacity
    self.rule = rule
    self.recorder = recorder
  }

  package var identity: String { "mixture of depths, capacity \(capacity), \(rule.name)" }

  /// Odd layers are routed, even ones dense.
  package static func isRouted(_ layer: Int) -> Bool { layer % 2 == 1 }

  package func block(
    _ name: String, layer: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) -> any ModelBlock {
    let dense = DenseBlock(name, configuration, in: parameters)
    guard Self.isRouted(layer) else { return dense }
    return RoutedBlock(
      block: dense,
      router: Router(
        name, rule, capacity: capacity, width: configuration.modelDim, in: parameters,
        recorder: recorder))
  }
}

private struct RoutedBlock: ModelBlock {
  let block: DenseBlock
  let router: Router

  func callAsFunction(_ x: Variable, _ context: LayerContext) -> Variable {
    let (tape, width) = (context.tape, context.configuration.modelDim)
    guard let (rows, gates) = router(x, context) else { return x }
    let count = rows.count / context.batchCount
    let few = tape.gatherRows(x, rows)
    let inside = tape.reshaped(few, [context.batchCount, count, width])
    let through = block(inside, context.routed(length: count))
    // The block returns its input plus an update. The gate scales the update alone.
    let added = tape.subtract(tape.reshaped(through, [rows.count, width]), few)
    return tape.addRows(x, rows, added, gates: gates)
  }
}
