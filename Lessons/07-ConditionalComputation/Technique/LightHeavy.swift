import Autograd
import SmallTransformer
import TensorCore

/// A CoLT5 block: a light feed-forward branch for every token and a heavy one for the routed tokens
/// (Ainslie et al., 2023, section 3.1).
///
/// Computes `x + light(norm(x)) + gate · heavy(norm(x))`, the last term for the routed tokens only.
/// If `attention` is set, attention has two branches as well: light heads within a window, and heavy
/// heads among the routed tokens.
package struct LightHeavy: BlockScheme {
  package var lightDim: Int
  package var heavyDim: Int
  /// The share of tokens that take the heavy branch.
  package var capacity: Double
  package var rule: RoutingRule
  package var branches: Branches
  package var attention: LightHeavyAttention.Sizes?
  package var recorder: RoutingRecorder?

  /// Which tokens take the heavy branch.
  package enum Branches: Sendable {
    /// The tokens that the rule picks.
    case routed
    /// Every token: the dense model that the routed one is compared with.
    case allHeavy
    /// No token.
    case allLight
  }

  package init(
    lightDim: Int, heavyDim: Int, capacity: Double, rule: RoutingRule,
    branches: Branches = .routed, attention: LightHeavyAttention.Sizes? = nil,
    recorder: RoutingRecorder? = nil
  ) throws {
    try requireCapacity(capacity)
    self.lightDim = lightDim
    self.heavyDim = heavyDim
    self.capacity = capacity
    self.rule = rule
    self.branches = branches
    self.attention = attention
    self.recorder = recorder
  }

  package var identity: String {
    let branch =
      switch branches {
      case .routed: rule.name
      case .allHeavy: "all heavy"
      case .allLight: "all light"
      }
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

/// Checks that a capacity is above 0 and at most 1.
package func requireCapacity(_ capacity: Double) throws(CapacityError) {
  guard capacity > 0, capacity <= 1 else { throw CapacityError(capacity: capacity) }
}

package struct CapacityError: Error, Equatable, CustomStringConvertible {
  package let capacity: Double

  package var description: String {
    "The capacity \(capacity) is out of range: it is the share of tokens that take the heavy branch, "
      + "above 0 and at most 1. For one token in eight use 0.125."
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
      "\(name).feedForward", scheme.rule, capacity: scheme.capacity,
      width: configuration.modelDim, in: parameters, recorder: scheme.recorder)
  }

  func callAsFunction(_ x: Variable, _ context: LayerContext) -> Variable {
    let tape = context.tape
    let x = attention?(x, context) ?? x
    let normal = norm(x, tape)
    let withLight = tape.add(x, light.branch(normal, tape))
    switch scheme.branches {
    case .allLight: return withLight
    case .allHeavy: return tape.add(withLight, heavy.branch(normal, tape))
    case .routed:
      guard let (rows, gates) = router(normal, context) else { return withLight }
      // [batch, seq, modelDim] → [rows, modelDim]: the heavy branch computes only these.
      let added = heavy.branch(tape.gatherRows(normal, rows), tape)
      return tape.addRows(withLight, rows, added, gates: gates)
    }
  }
}
