import Autograd
import SmallTransformer
import TensorCore

/// CoLT5's feed-forward layer: a light branch for every token, a heavy one for a few
/// (Ainslie et al., 2023, section 3.1).
///
/// `x + light(norm x) + gate · heavy(norm x)`, the last for the routed tokens only. With
/// `hasAttention` the same is done for attention: a light one within a window, a heavy one among the
/// routed tokens.
package struct LightHeavy: BlockScheme {
  package var lightDim: Int
  package var heavyDim: Int
  /// The share of tokens that take the heavy branch.
  package var capacity: Double
  package var choice: Choice
  /// Whether every token takes the heavy branch: what the routed model is held against.
  package var isDense = false
  /// Whether nobody does.
  package var isLight = false
  package var attention: LightHeavyAttention.Sizes?
  package var watch: RoutingWatch?

  package init(
    lightDim: Int, heavyDim: Int, capacity: Double, choice: Choice, isDense: Bool = false,
    isLight: Bool = false, attention: LightHeavyAttention.Sizes? = nil,
    watch: RoutingWatch? = nil
  ) throws {
    try requireCapacity(capacity)
    self.lightDim = lightDim
    self.heavyDim = heavyDim
    self.capacity = capacity
    self.choice = choice
    self.isDense = isDense
    self.isLight = isLight
    self.attention = attention
    self.watch = watch
  }

  package var identity: String {
    let branch = isDense ? "all heavy" : isLight ? "all light" : choice.name
    return "light \(lightDim), heavy \(heavyDim), capacity \(capacity), \(branch)"
      + (attention.map { ", attention \($0)" } ?? "")
  }

  package func block(
    _ name: String, layer: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) -> any ModelBlock {
    LightHeavyBlock(name, self, configuration, in: parameters)
  }
}

/// A share of the tokens that makes sense; otherwise a sentence.
package func requireCapacity(_ capacity: Double) throws(CapacityError) {
  guard capacity > 0, capacity <= 1 else { throw CapacityError(capacity: capacity) }
}

package struct CapacityError: Error, Equatable, CustomStringConvertible {
  package let capacity: Double

  package var description: String {
    "A capacity of \(capacity) leaves no sense to routing: it is the share of tokens that take the "
      + "heavy branch, above 0 and at most 1. 0.125 is one token in eight."
  }
}

private struct LightHeavyBlock: ModelBlock {
  private let scheme: LightHeavy
  private let attention: LightHeavyAttention?
  private let norm: Norm
  private let light: FeedForward
  private let heavy: FeedForward
  private let router: Router

  init(
    _ name: String, _ scheme: LightHeavy, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) {
    self.scheme = scheme
    func feedForward(_ branch: String, _ hidden: Int) -> FeedForward {
      var sized = configuration
      sized.feedForwardDim = hidden
      return FeedForward("\(name).\(branch)", sized, in: parameters)
    }
    attention = scheme.attention.map {
      LightHeavyAttention("\(name).attention", $0, scheme, configuration, in: parameters)
    }
    norm = Norm("\(name).norm", configuration, in: parameters)
    light = feedForward("light", scheme.lightDim)
    heavy = feedForward("heavy", scheme.heavyDim)
    router = Router(
      "\(name).feedForward", scheme.choice, capacity: scheme.capacity,
      width: configuration.modelDim, in: parameters, watch: scheme.watch)
  }

  func callAsFunction(_ x: Variable, _ pass: ForwardPass, layer: Int) -> Variable {
    let tape = pass.tape
    let x = attention?(x, pass, layer: layer) ?? x
    let normal = norm(x, tape)
    let lit = tape.add(x, light.branch(normal, tape))
    if scheme.isLight { return lit }
    if scheme.isDense { return tape.add(lit, heavy.branch(normal, tape)) }
    let (rows, gates) = router(normal, pass, layer: layer)
    // [batch, seq, modelDim] → [rows, modelDim]: all that the heavy branch ever sees.
    let few = heavy.branch(tape.gatherRows(normal, rows), tape)
    return tape.addRows(lit, rows, few, gates: gates)
  }
}
