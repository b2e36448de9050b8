import CPUBackend
import Foundation
import LessonKit
import SmallTransformer
import TensorCore
import Testing
import lab

extension OpenCLTests {
  /// Every model of every lesson computes the same on the device as on the CPU.
  @Suite("Every lesson's models agree with the CPU") struct LessonModels {
    /// All lessons of the registry, so that a new lesson is tested without a change here.
    @Test(
      "logits within 1e-5, gradients within 1e-4, ten losses within 1e-4",
      arguments: course.cards.map(\.slug))
    func parity(slug: String) throws {
      let lesson = try course.lesson(named: slug)
      let (cpu, device) = (try TestDevice.processor(), try TestDevice.backend())
      let wanted = try lesson.models(at: .standard, seed: 1, on: cpu)
      let found = try lesson.models(at: .standard, seed: 1, on: device)
      #expect(!wanted.isEmpty, "\(slug) lists no models")
      var seen: Set<String> = []
      var all: [LessonParity.Differences] = []
      let start = ContinuousClock.now
      for (w, f) in zip(wanted, found) where seen.insert(w.comparison).inserted {
        #expect(w.identity == f.identity)
        all.append(LessonParity(expected: w, found: f, cpu: cpu, device: device).check())
      }
      print(Self.line(slug, all) + ", \(ContinuousClock.now - start)")
    }

    private static func line(_ slug: String, _ all: [LessonParity.Differences]) -> String {
      func part(_ name: String, _ values: [Double?], _ choose: ([Double]) -> Double?) -> String {
        choose(values.compactMap { $0 }).map { ", \(name) \(String(format: "%.1e", $0))" } ?? ""
      }
      return "  \(slug): \(all.count) models"
        + part("logits", all.map(\.logits)) { $0.max() }
        + part("gradients", all.map(\.gradients)) { $0.max() }
        + part("from a cache", all.map(\.cached)) { $0.max() }
        + part("losses", all.map(\.losses)) { $0.max() }
        + part("smallest routing margin over rounding", all.map(\.routingMargin)) { $0.min() }
    }
  }
}

extension LessonModel {
  /// Models with equal lines are compared once.
  fileprivate var comparison: String {
    "\(identity); \(usesCache); \(schedule.map { "\($0.schedule.peak)" } ?? "read")"
  }
}
