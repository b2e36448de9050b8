/// The bytes of a plan on one device: what it holds throughout, and what is live at each point of
/// a pass.
///
/// Activations, logits and workspace are not live at once, so the memory of a plan is that of the
/// largest point, and the terms are those of that point.
public struct MemoryEstimate: Sendable {
  /// The purpose of the bytes. The raw value is the name in tables and in JSON.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    case weights, gradients, optimizer, activations
    case cache = "key/value cache"
    case logits, workspace
  }

  /// One term of the sum, with its formula.
  public struct Term: Sendable, Codable {
    public let kind: Kind
    public let bytes: Double
    public let formula: String

    public var name: String { kind.rawValue }

    enum CodingKeys: String, CodingKey {
      case kind = "name"
      case bytes, formula
    }
  }

  /// Bytes that are live at one point of a pass.
  public struct Point: Sendable {
    public let name: String
    public var activations = 0.0
    public var logits = 0.0
    public var workspace = 0.0

    public var total: Double { activations + logits + workspace }

    func bytes(_ kind: Kind) -> Double {
      switch kind {
      case .activations: activations
      case .logits: logits
      case .workspace: workspace
      default: 0
      }
    }
  }

  public let use: MemoryPlan.Use
  /// What is held throughout.
  let held: [Term]
  /// What is live only at some points, with bytes of the largest point.
  let passing: [Term]
  public let points: [Point]
  /// Bytes that are in the host's memory instead.
  public let hostBytes: Double

  public var terms: [Term] { held + passing }
  public var total: Double { terms.reduce(0) { $0 + $1.bytes } }
  /// The point with the most bytes.
  public var peak: Point { Self.largest(points) }

  /// The bytes of one kind at the largest point; 0 if the plan has no such term.
  public subscript(kind: Kind) -> Double { terms.first { $0.kind == kind }?.bytes ?? 0 }

  /// The most bytes of one kind at any point, which need not be the largest point.
  public func most(_ kind: Kind) -> Double {
    max(self[kind], points.map { $0.bytes(kind) }.max() ?? 0)
  }

  private static func largest(_ points: [Point]) -> Point {
    points.max { $0.total < $1.total } ?? Point(name: "the pass")
  }

  init(_ plan: MemoryPlan) {
    let share = DeviceShare(plan)
    use = plan.use
    (held, hostBytes) = plan.use == .training ? share.trainingState() : (share.inferenceState(), 0)
    points = plan.use == .training ? share.trainingPoints() : share.inferencePoints()
    let peak = Self.largest(points)
    passing = share.passingTerms(at: peak)
  }
}

extension MemoryEstimate {
  /// Peak bytes by purpose as this course's memory meter counts them: while recording, logits are
  /// activations; without recording, they are workspace.
  public struct Metered: Equatable, Sendable {
    public let parameters, gradients, optimizer, activations, cache, workspace, total: Int
  }

  public var metered: Metered {
    func most(_ bytes: (Point) -> Double) -> Int { Int(points.map(bytes).max() ?? 0) }
    let isTraining = use == .training
    return Metered(
      parameters: Int(self[.weights]), gradients: Int(self[.gradients]),
      optimizer: Int(self[.optimizer]),
      activations: most { $0.activations + (isTraining ? $0.logits : 0) },
      cache: Int(self[.cache]),
      workspace: most { $0.workspace + (isTraining ? 0 : $0.logits) }, total: Int(total))
  }
}
