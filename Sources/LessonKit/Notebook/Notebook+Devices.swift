extension RunFolder {
  /// The subfolder for the CPU's runs when a lesson runs on two devices.
  package static let cpuSubfolder = "on-cpu"
}

extension Notebook {
  /// At the end of the page, compares this run on a GPU with the CPU's run of the same lesson,
  /// scale and seed. Does nothing if there is no such run.
  func compareWithCPU() {
    let runs = LessonRuns(
      of: card.slug, in: settings.runsFolder.appendingPathComponent(RunFolder.cpuSubfolder))
    let here = log.snapshot
    guard let other = try? runs.shown(at: scale).loadRecord(), other.state == .finished,
      other.facts.device != here.facts.device, other.facts.scale == scale,
      other.facts.seed == seed
    else { return }
    heading("Compared with the CPU")
    say(
      """
      The same lesson, scale and seed on the CPU (\(other.facts.device)) and on this device \
      (\(here.facts.device)). Values that follow from the method agree. Times differ. After \
      hundreds of training steps the weights differ too, because the two devices round differently.
      """)
    table(
      "beside-claims", columns: ["claim", "CPU", "this device"],
      rows: here.claims.map { claim in
        let match = other.claims.first { $0.id == claim.id }
        return [claim.text, value(match), value(claim)]
      }, caption: "What each claim measured on both devices; ✓ holds, ✗ fails, – not checked.")
    if !here.metrics.isEmpty {
      table(
        "beside-measures", columns: ["measured", "CPU", "this device"],
        rows: here.metrics.map { metric in
          let match = other.metrics.first { $0.id == metric.id }
          return [
            metric.name, match.map { $0.quantity.text($0.value) } ?? "not measured",
            metric.quantity.text(metric.value),
          ]
        }, caption: "What both devices measured without a bound.")
    }
    table(
      "beside-steps", columns: ["step", "CPU", "this device"],
      rows: here.steps.map { step in
        let match = other.steps.first { $0.id == step.id }
        return [
          step.title, match.map { Quantity.seconds.text($0.seconds, digits: 3) } ?? "",
          Quantity.seconds.text(step.seconds, digits: 3),
        ]
      }, caption: "Time of each step. A model that was trained before came from the cache.")
  }

  private func value(_ claim: Claim?) -> String {
    guard let claim, let value = claim.value else { return "not measured" }
    return "\(claim.sign) \(claim.quantity.text(value))"
  }
}
