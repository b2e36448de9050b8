import LessonKit
import SmallTransformer

/// Section "One step, tensor by tensor".
extension RecomputationLesson {
  func drawTimeline(
    _ notebook: Notebook, _ experiment: Experiment, _ measurements: PolicyMeasurements
  ) throws {
    notebook.heading("One step, tensor by tensor")
    notebook.say(
      """
      The meter records the live bytes at each allocation and each free of a tensor. If all \
      activations are kept, memory grows through the forward pass and falls through the backward \
      pass. With recomputation it grows slowly, and in the backward pass every segment adds a peak.
      """)
    let segment: ActivationPolicy = .everyKth(experiment.depth >= 64 ? 8 : 2)
    let shown = [ActivationPolicy.keepAll, segment, .full].compactMap { measurements[$0] }
    try notebook.figure(
      "timeline", timelinePlot(experiment, shown),
      caption: shown.map { measurement in
        let peak = Double(measurement.liveBytes.max() ?? 0)
        return "\(measurement.policy.name): \(Quantity.bytes.text(peak, digits: 3)) at the peak"
      }.joined(separator: "; ") + ". Temporary tensors are included.")
  }
}
