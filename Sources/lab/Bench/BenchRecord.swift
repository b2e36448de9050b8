import Bench
import Foundation
import SystemSupport

/// The machine at the start of the measurement.
struct BenchMachine: Encodable {
  /// The name that the device reports.
  var device: String
  /// Processors that lab may use; not a whole number under a CPU quota.
  var processors: Double
  /// Processors of the machine.
  var machineProcessors: Double
  var threads: Int
  /// The load average of the last 1, 5 and 15 minutes: the mean number of processes ready to run.
  var loadAverage: [Double]

  static func current(device: String, threads: Int) -> BenchMachine {
    var load = [Double](repeating: 0, count: 3)
    let count = getloadavg(&load, 3)
    let processors = HostLimits.current.processors
    return BenchMachine(
      device: device, processors: processors.amount, machineProcessors: processors.machine,
      threads: threads,
      loadAverage: Array(load.prefix(max(0, Int(count)))))
  }

  /// Whether other programs used more than a tenth of the machine in the last minute.
  var isBusy: Bool { (loadAverage.first ?? 0) > 0.1 * machineProcessors }
}

/// Everything that `lab bench` measured; what `--json` prints.
struct BenchRecord: Encodable {
  struct Skipped: Encodable {
    var section: String
    var predictedSeconds: Double
  }

  var machine: BenchMachine
  var limits: MachineLimits
  var settings: BenchmarkSettings
  var peer: PyTorchPeer.Greeting?
  var rows: [BenchRow] = []
  var skipped: [Skipped] = []

  init(
    machine: BenchMachine, limits: MachineLimits, settings: BenchmarkSettings,
    peer: PyTorchPeer.Greeting?
  ) {
    self.machine = machine
    self.limits = limits
    self.settings = settings
    self.peer = peer
  }

  private enum CodingKeys: String, CodingKey {
    case machine, isBusy, limits, settings, peer, rows, skipped
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(machine, forKey: .machine)
    try container.encode(machine.isBusy, forKey: .isBusy)
    try container.encode(limits, forKey: .limits)
    try container.encode(settings, forKey: .settings)
    try container.encode(peer, forKey: .peer)
    try container.encode(rows, forKey: .rows)
    try container.encode(skipped, forKey: .skipped)
  }
}
