import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Position schemes that are compared far beyond the trained length, in the order of the table.
package enum PositionChoice: String, CaseIterable, Sendable {
  case sinusoidal
  case none
  case rope
  case alibi
  /// RoPE in the window layers, no positions in the global one: the scheme of this lesson's model.
  case ropeInWindows = "rope-in-windows"

  package var name: String {
    switch self {
    case .sinusoidal: "sinusoidal"
    case .none: "none"
    case .rope: "RoPE"
    case .alibi: "ALiBi"
    case .ropeInWindows: "RoPE in windows only"
    }
  }
}

/// The stages of training of this lesson's model, in order.
enum TrainingStage: String, CaseIterable {
  case short
  case longer
  case fineTuning = "fine-tuning"

  var name: String {
    switch self {
    case .short: "short texts"
    case .longer: "longer texts"
    case .fineTuning: "fine-tuned"
    }
  }

  var policy: ActivationPolicy { self == .fineTuning ? .full : .keepAll }
}

/// Forward passes and training steps whose time and bytes are compared, in the order of the table.
/// Each adds one technique to the one before.
package enum WorkloadName: String, CaseIterable, Sendable {
  case naive
  case tiled
  case windows
  case sharedHead = "shared-head"
  case globalLayer = "global-layer"
  case trainingKept = "training-kept"
  case trainingRecomputed = "training-recomputed"
}

extension Experiment {
  /// Small heads and one key/value head.
  func configuration(
    _ positions: any PositionScheme, _ pattern: any AttentionPattern
  ) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: task.vocabularyCount, modelDim: modelDim, layerCount: layerCount,
      headCount: headCount, positions: positions)
    configuration.kvHeadCount = 1
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    configuration.pattern = pattern
    return configuration
  }

  /// Window layers and a global one, with or without positions in the global layer.
  private func interleaved(
    globalPositions: Bool, window: Int? = nil, scoreScale: Float = 1
  ) -> Interleaved {
    Interleaved(
      window: window ?? self.window, period: period, globalLayersUsePositions: globalPositions,
      scoreScale: scoreScale)
  }

  func configuration(_ choice: PositionChoice) -> TransformerConfiguration {
    let everywhere = interleaved(globalPositions: true)
    switch choice {
    case .sinusoidal:
      var configuration = configuration(Sinusoidal(), everywhere)
      // Embeddings as large as the sinusoids that are added to them.
      configuration.embeddingInitStd = 1
      return configuration
    case .none: return configuration(NoPositions(), everywhere)
    case .rope: return configuration(Rotary(), everywhere)
    case .alibi: return configuration(ALiBi(), everywhere)
    case .ropeInWindows: return configuration(Rotary(), interleaved(globalPositions: false))
    }
  }

  /// The model of this lesson.
  var chosen: TransformerConfiguration { configuration(.ropeInWindows) }

  func configuration(_ stage: TrainingStage) -> TransformerConfiguration {
    switch stage {
    case .short:
      chosen.with(pattern: interleaved(globalPositions: false, window: firstWindow))
    case .longer, .fineTuning: chosen
    }
  }

  /// The model with the global layer's scores times log n / log T, for a text of n tokens that is
  /// longer than the T tokens of the longest training text.
  func withScaledScores(at length: Int) -> TransformerConfiguration {
    let scoreScale = log(Double(length)) / log(Double(longestTrained))
    return chosen.with(
      pattern: interleaved(globalPositions: false, scoreScale: Float(max(1, scoreScale))))
  }

  func workload(_ name: WorkloadName) -> Workload {
    var naive = configuration(Rotary(), Causal())
    naive.kvHeadCount = naive.headCount
    naive.attention = .naive
    var tiled = naive
    tiled.attention = .tiled
    let windows = tiled.with(pattern: SlidingWindow(window))
    var shared = windows
    shared.kvHeadCount = 1
    let longest = longestRun(name)
    func workload(
      _ title: String, _ configuration: TransformerConfiguration, _ kind: Workload.Kind
    ) -> Workload {
      Workload(title: title, configuration: configuration, kind: kind, longest: longest)
    }
    switch name {
    case .naive: return workload("naive attention", naive, .prefill(keepsCache: false))
    case .tiled: return workload("tiled attention", tiled, .prefill(keepsCache: true))
    case .windows: return workload("tiled, windows", windows, .prefill(keepsCache: true))
    case .sharedHead:
      return workload("windows, one key/value head", shared, .prefill(keepsCache: true))
    case .globalLayer:
      return workload(
        "as before, every \(ordinal(period)) layer global", chosen, .prefill(keepsCache: true))
    case .trainingKept:
      return workload("training step, windows", shared, .trainingStep(.keepAll, .nothing))
    case .trainingRecomputed:
      return workload("training step, recomputed", shared, .trainingStep(.full, .full))
    }
  }

  private func ordinal(_ number: Int) -> String {
    switch number {
    case 2: "2nd"
    case 3: "3rd"
    default: "\(number)th"
    }
  }
}

extension HundredThousandLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let compared = PositionChoice.allCases.map {
      LessonModel(
        $0.name, experiment.configuration($0), schedule: experiment.comparisonSchedule)
    }
    let stages = TrainingStage.allCases.map {
      LessonModel(
        $0.name, experiment.configuration($0), schedule: experiment.schedule($0),
        policy: $0.policy, usesCache: $0 == .longer)
    }
    let scaled = LessonModel(
      "scaled scores", experiment.withScaledScores(at: experiment.longest), usesCache: true)
    let workloads = WorkloadName.allCases.map { name in
      let workload = experiment.workload(name)
      return switch workload.kind {
      case .prefill(let keepsCache):
        LessonModel(workload.title, workload.configuration, usesCache: keepsCache)
      case .trainingStep(let policy, _):
        LessonModel(workload.title, workload.configuration, policy: policy)
      }
    }
    return compared + stages + [scaled] + workloads
  }
}
