import Bench
import Foundation

/// The machine as it was when measuring began.
struct BenchMachine: Encodable {
  /// As the device names itself.
  var device: String
  var processors: Int
  var threads: Int
  /// Processes that wanted to run, over the last 1, 5 and 15 minutes.
  var loadAverage: [Double]

  static func current(device: String, threads: Int) -> BenchMachine {
    var load = [Double](repeating: 0, count: 3)
    let count = getloadavg(&load, 3)
    return BenchMachine(
      device: device, processors: ProcessInfo.processInfo.activeProcessorCount, threads: threads,
      loadAverage: Array(load.prefix(max(0, Int(count)))))
  }

  /// Whether others took more than a tenth of the machine over the last minute.
  var isBusy: Bool { (loadAverage.first ?? 0) > 0.1 * Double(processors) }
}

/// Everything that `lab bench` measured, as it is printed by `--json`.
struct BenchRecord: Encodable {
  struct LeftOut: Encodable {
    var section: String
    var predictedSeconds: Double
  }

  var machine: BenchMachine
  var limits: MachineLimits
  var settings: BenchmarkSettings
  var peer: PyTorchPeer.Greeting?
  var rows: [BenchRow] = []
  var leftOut: [LeftOut] = []

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
    case machine, isBusy, limits, settings, peer, rows, leftOut
  }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(machine, forKey: .machine)
    try box.encode(machine.isBusy, forKey: .isBusy)
    try box.encode(limits, forKey: .limits)
    try box.encode(settings, forKey: .settings)
    try box.encode(peer, forKey: .peer)
    try box.encode(rows, forKey: .rows)
    try box.encode(leftOut, forKey: .leftOut)
  }
}
