import LessonKit
import SmallTransformer
import TensorCore

extension ConditionalComputationLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let bits = try experiment.bitsWays().map { name, scheme in
      let watch = RoutingWatch()
      var watched = scheme
      watched.watch = watch
      return LessonModel(
        "bits, \(name)", experiment.bitsConfiguration(watched), schedule: experiment.bitsSchedule,
        choices: watch.takeChoices)
    }
    let depths = try experiment.depthWays(on: backend).map {
      LessonModel(
        $0.name, $0.configuration, schedule: experiment.textSchedule, choices: $0.watch.takeChoices)
    }
    let (causal, clock) = (RoutingWatch(), RoutingWatch())
    let thresholds = [Float](repeating: 0, count: experiment.decoder.layerCount)
    return bits + depths + [
      // The page sets thresholds by training; at 0 about half of the tokens pass a fresh router.
      LessonModel(
        "routed by threshold", try experiment.routedDecoder(.threshold(thresholds), watch: causal),
        choices: causal.takeChoices),
      LessonModel("timed encoder, dense", experiment.denseEncoder),
      LessonModel(
        "timed encoder, light and heavy", try experiment.routedEncoder(watch: clock),
        choices: clock.takeChoices),
    ]
  }
}

extension RoutingWatch {
  /// What was seen since the last time.
  fileprivate func takeChoices() -> [RoutingChoice] {
    defer { routed = [] }
    return routed.map { RoutingChoice(rows: $0.rows, scores: $0.decisive) }
  }
}
