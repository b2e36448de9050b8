import Autograd
import SmallTransformer
import TensorCore

/// CoLT5's attention: light heads within a window for every token, heavy heads among the routed
/// tokens (Ainslie et al., 2023, section 3.2).
///
/// One router picks both queries and keys. In the paper's table this scores 42.3; separate routers
/// for queries and keys score 42.5.
package struct LightHeavyAttention {
  /// Head counts of both branches, and how far the window of the light heads reaches to each side.
  package struct Sizes: Hashable, Sendable {
    package var lightHeads: Int
    package var heavyHeads: Int
    package var window: Int

    package init(lightHeads: Int, heavyHeads: Int, window: Int) {
      self.lightHeads = lightHeads
      self.heavyHeads = heavyHeads
      self.window = window
    }
  }

  private let sizes: Sizes
  private let scheme: LightHeavy
  private let norm: Norm
  private let light: SelfAttention
  private let heavy: SelfAttention
  private let router: Router
  private let headDim: Int

  init(
    _ name: String, _ sizes: Sizes, _ scheme: LightHeavy,
    _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    self.sizes = sizes
    self.scheme = scheme
    headDim = configuration.headDim
    norm = Norm("\(name).norm", configuration, in: parameters)
    light = SelfAttention(
      "\(name).light", headCount: sizes.lightHeads, configuration, in: parameters)
    heavy = SelfAttention(
      "\(name).heavy", headCount: sizes.heavyHeads, configuration, in: parameters)
    router = Router(
      name, scheme.rule, capacity: scheme.capacity, width: configuration.modelDim,
      in: parameters, recorder: nil)
  }

  func callAsFunction(_ x: Variable, _ context: LayerContext) -> Variable {
    let tape = context.tape
    let normal = norm(x, tape)
    let near = problem(
      context, heads: sizes.lightHeads, length: context.length, window: sizes.window)
    let withLight = tape.add(x, light.branch(normal, near, tape))
    switch scheme.branches {
    case .allLight: return withLight
    case .allHeavy:
      let all = problem(context, heads: sizes.heavyHeads, length: context.length, window: nil)
      return tape.add(withLight, heavy.branch(normal, all, tape))
    case .routed: return addHeavy(to: withLight, normal, context)
    }
  }

  /// Adds the heavy heads' output to the routed tokens.
  private func addHeavy(
    to withLight: Variable, _ normal: Variable, _ context: LayerContext
  ) -> Variable {
    let tape = context.tape
    guard let (rows, gates) = router(normal, context) else { return withLight }
    let count = rows.count / context.batchCount
    // [rows, modelDim] → [batch, routed, modelDim]: attention among the routed tokens, in text order.
    let few = tape.reshaped(
      tape.gatherRows(normal, rows), [context.batchCount, count, context.configuration.modelDim])
    let far = problem(context, heads: sizes.heavyHeads, length: count, window: nil)
    let mixed = tape.reshaped(
      heavy.branch(few, far, tape), [rows.count, context.configuration.modelDim])
    return tape.addRows(withLight, rows, mixed, gates: gates)
  }

  private func problem(
    _ context: LayerContext, heads: Int, length: Int, window: Int?
  ) -> AttentionProblem {
    AttentionProblem(
      batchCount: context.batchCount, queryLength: length, keyLength: length, headCount: heads,
      headDim: headDim, isCausal: context.configuration.pattern.isCausal, window: window)
  }
}
