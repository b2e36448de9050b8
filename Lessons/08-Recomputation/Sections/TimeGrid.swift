import LessonKit
import SmallTransformer

/// Section "What is in memory, and when".
extension RecomputationLesson {
  /// The chain of the drawing and of the calculation by hand.
  private static let layerCount = 9
  private static let segment = 3

  func drawGrid(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (n, k) = (Self.layerCount, Self.segment)
    notebook.heading("What is in memory, and when")
    notebook.say(
      """
      Take \(n) layers and keep the input of every \(k)rd. Time runs to the right, layers go \
      upward. In the forward pass a layer's result is passed on and forgotten, except at the start \
      of a segment. When the gradient reaches a segment, its layers are computed again from the \
      kept input, this time with everything kept. The last segment is never forgotten, because its \
      gradient comes first.
      """)
    let trace = ScheduleTrace(ActivationPolicy.everyKth(k).schedule(layerCount: n))
    try notebook.figure(
      "grid",
      scheduleDrawing(
        "One step of \(n) layers in segments of \(k)", trace, layerCount: n, cellWidth: 2),
      caption: """
        \(n) layers are computed, \(trace.againCount) of them again, and at most \
        \(trace.mostKept) layers have anything in memory. Usual backpropagation keeps all \(n).
        """)
    notebook.show(marked: "trace", in: "Technique/ScheduleTrace.swift", focus: "for piece in")
    let schedules = experiment.drawnSchedules
    let differing = notebook.step(
      "follow-schedules", "Compare the drawing's order of layers with that of a model"
    ) {
      schedules.map { layers, policy in
        let drawn = ScheduleTrace(policy.schedule(layerCount: layers)).order
        let computed = notebook.orderOfLayers(experiment, layers, policy)
        return abs(drawn.count - computed.count) + zip(drawn, computed).count { $0 != $1 }
      }
    }
    notebook.claim(
      "order-differs",
      "A model computes its layers in the order of the drawing: {} evaluations differ, for "
        + "\(schedules.count) schedules",
      Double(differing.reduce(0, +)), equals: 0, from: .smoke, as: .count)
    calculateSegments(notebook)
  }

  /// Kept inputs and computed layers for every segment length, by hand.
  private func calculateSegments(_ notebook: Notebook) {
    let n = Self.layerCount
    let lengths = (1...n).filter { n % $0 == 0 }
    notebook.ask(
      """
      \(n) layers in segments of k: how many inputs are kept at most, and how many layers are \
      computed, for k = \(lengths.map { "\($0)" }.joined(separator: ", "))?
      """,
      answer: """
        Kept: the inputs of n/k segments, of which the last one is counted with its own k layers. \
        Computed: every layer twice, except the k layers of the last segment.
        """)
    notebook.example(
      "By hand: \(n) layers",
      columns: ["k", "kept, n/k − 1 + k", "computed, 2n − k", "the same in the drawing's trace"],
      rows: lengths.map { k in
        let trace = ScheduleTrace(ActivationPolicy.everyKth(k).schedule(layerCount: n))
        return [
          "\(k)", "\(n)/\(k) − 1 + \(k) = \(n / k - 1 + k)", "2 · \(n) − \(k) = \(2 * n - k)",
          "\(trace.mostKept) kept, \(trace.order.count) computed",
        ]
      },
      result: """
        With k = n nothing is computed twice; with k = 1 nearly everything is, and no input is \
        saved. The fewest inputs are kept at k = √\(n) = \(Self.segment).
        """)
    notebook.formula(
      #"""
      \text{kept}(k) = \frac{n}{k} - 1 + k \tag{1}
      \text{computed}(k) = 2n - k \tag{2}
      \frac{d}{dk} \left( \frac{n}{k} + k \right) = 1 - \frac{n}{k^2} = 0 \quad \text{at} \quad k = \sqrt{n} \tag{3}
      """#,
      legend: """
        n layers, segments of k. At k = √n there are √n segments of √n layers, and 2√n − 1 inputs \
        are kept instead of n. The price is at most one more forward pass.
        """)
  }
}
