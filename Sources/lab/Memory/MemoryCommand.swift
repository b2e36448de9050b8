import ArgumentParser
import CPUBackend
import Calculator
import Foundation
import LessonKit
import Plotting
import SystemSupport

struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Compute the memory of a model term by term: does it fit, and if not, what helps?",
    discussion: """
      100K is 100,000 tokens (128Ki is 131,072); GB is 10⁹ bytes. Exit code 75 if it does not fit.

      Examples:
        lab memory "LLaMA 7B" --context 100K
        lab memory "Llama 3.1 8B" --context 128Ki --weights Q4_K_M --device 4090
        lab memory "Qwen3 32B" --batch 8 --shared-prefix 2K --device 2x4090
        lab memory --gguf model.gguf --context 32K --device "M3 Max 64GB"
        lab memory --config config.json --qlora --training --context 4096 --device 24GB
        lab memory "LLaMA 65B" --training --context 2048 --devices 64 --zero 3 --recompute full
        lab memory --layers 12 --width 768 --heads 12 --context 32K --device 4090
        lab memory --compare "Gemma 3 27B" "Qwen3 32B" --context 128Ki
        lab memory --list
      """)

  @Argument(
    help: "Name of a published model; or leave it out and give the sizes.",
    completion: .list(ModelShape.published.map(\.name)))
  var model: String?

  @OptionGroup(title: "Sizes of your own model") var sizes: SizeOptions

  @OptionGroup(title: "The plan") var plan: PlanOptions

  @Option(
    help: """
      Device: a name (H100, 4090), a size (24GB), several (2x4090), 'M3 Max 64GB', 'CPU 64GB', or \
      'here': this machine, measured.
      """,
    completion: .list(Device.known.map(\.name) + ["here"]))
  var device = Self.defaultDevice

  private static let defaultDevice = "A100 80 GB"

  @Option(
    parsing: .upToNextOption,
    help: "Two models to compare: names, config.json files, or GGUF files.")
  var compare: [String] = []

  @Option(help: "Draw the bytes by context as this PNG file.", completion: .file())
  var figure: String?

  @Option(
    parsing: .unconditional,
    help: "Tokens of the whole training, for its price, for instance 1.4T.")
  var tokens: String?

  @Option(
    parsing: .unconditional,
    help: "Dollars per hour of the device, for the price of --tokens (default: 3).")
  var price: Double?

  @Flag(help: "List the known models and devices.")
  var list = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    if list {
      guard isPlain else {
        throw PlanError("--list prints what is known; leave the model and the other options out")
      }
      return try printKnown()
    }
    if let figure, !figure.lowercased().hasSuffix(".png") {
      throw PlanError("--figure \(figure); the figure is a PNG, so end its name with .png")
    }
    if !compare.isEmpty { return try printComparison(on: try chosenDevice()) }
    let report = try report()
    if let figure { try MemoryFigure(report: report).write(to: figure) }
    try output.write(report) { style in
      MemoryPage(report: report, style: style).text
        + (figure.map { "\nFigure: \(style.path($0))\n" } ?? "")
    }
    if !report.fits { throw ExitStatus.limitExceeded }
  }

  fileprivate func report() throws -> MemoryReport {
    let device = try chosenDevice()
    return try report(of: try sizes.model(named: model), on: device)
  }

  fileprivate func report(
    of model: (model: ModelShape, format: WeightFormat?), on device: Device
  ) throws -> MemoryReport {
    MemoryReport(
      plan: try plan.plan(of: model, sizes: sizes, deviceCount: device.count), device: device,
      isThisMachine: isHere, training: try trainingPrice())
  }

  /// Whether neither a model nor a part of a plan was given.
  private var isPlain: Bool {
    model == nil && sizes.areEmpty && plan.isDefault && device == Self.defaultDevice
      && compare.isEmpty && figure == nil && tokens == nil && price == nil
  }

  /// Two models with the same plan.
  private func printComparison(on device: Device) throws {
    guard compare.count == 2 else {
      throw PlanError("--compare takes two models, not \(compare.count)")
    }
    guard model == nil, sizes.config == nil, sizes.gguf == nil, figure == nil else {
      throw PlanError("--compare names its models itself; leave the other model and --figure out")
    }
    let reports = try compare.map { name in
      var sizes = sizes
      let isFile = FileManager.default.fileExists(atPath: name)
      if name.hasSuffix(".gguf") { sizes.gguf = name } else if isFile { sizes.config = name }
      let isName = sizes.gguf == nil && sizes.config == nil
      return try report(of: sizes.model(named: isName ? name : nil), on: device)
    }
    let comparison = MemoryComparison(reports: reports)
    try output.write(comparison, text: comparison.text)
    if !reports.allSatisfy(\.fits) { throw ExitStatus.limitExceeded }
  }

  private func trainingPrice() throws -> MemoryReport.Training? {
    let price = self.price ?? 3
    guard price.isFinite, (0...1e6).contains(price) else {
      throw PlanError("--price \(price); it must be from 0 to 1,000,000 dollars per hour")
    }
    if self.price != nil, tokens == nil {
      throw PlanError("--price is for the price of --tokens; add --training and --tokens")
    }
    return try tokens.map { text in
      guard plan.training else { throw PlanError("--tokens is for training; add --training") }
      let count = try TokenCount(text, of: "--tokens").value
      guard count > 0 else { throw PlanError("--tokens \(text); it must be 1 or more") }
      return MemoryReport.Training(tokens: Double(count), price: price)
    }
  }

  private var isHere: Bool { ModelShape.plain(device) == "here" }

  /// A published device, or this machine after a short measurement.
  private func chosenDevice() throws -> Device {
    guard isHere else { return try Device.named(device) }
    try TooLittleMemory.check()
    let limits = HostLimits.current
    let backend = try CPUBackend(threadCount: limits.threadCount)
    let limiter = limits.memory.limiter.map { ", limited by \($0)" } ?? ""
    return Device(
      name: "this machine" + limiter, bytes: Double(limits.memory.amount),
      bytesPerSecond: backend.measureReadBandwidth(
        byteCount: min(512 << 20, limits.memory.amount / 4), passCount: 2),
      flopsPerSecond: backend.measureMultiplyAddPeak(burstCount: 100),
      source: "measured now, with 32-bit values")
  }

  private func printKnown() throws {
    let known = KnownNames(
      models: ModelShape.published.map { .init(name: $0.name, source: $0.source) },
      devices: Device.known.map { .init(name: $0.name, source: $0.source) })
    try output.write(known, text: knownText)
  }

  /// Lines of an indented text.
  private func faint(_ text: String, _ style: TerminalStyle) -> String {
    let words = text.split(separator: " ").map(String.init)
    return wrapped(words, width: min(80, style.width), indent: "    ").split(separator: "\n")
      .map { style.ink(String($0), .faint) + "\n" }.joined()
  }

  private func knownText(_ style: TerminalStyle) -> String {
    var text = style.ink("Models", .bold) + "\n"
    for model in ModelShape.published {
      let size = Quantity.plain.text(Double(model.parameterCount) / 1e9, digits: 3)
      text += "  \(model.name), \(size) billion parameters\n" + faint(model.source, style)
    }
    text += style.ink("Devices", .bold) + "\n"
    for device in Device.known {
      text += "  \(device.name), \(Quantity.bytes.text(device.bytes)), "
      text += device.bytesPerSecond.map { "\(Quantity.bytes.text($0, digits: 4)) per second" } ?? ""
      text += "\n" + faint(device.source, style)
    }
    for chip in Device.appleChips {
      text += "  Apple \(chip.name) with its memory, as '\(chip.name) 64GB'\n"
    }
    return text + "  CPU with its memory, as 'CPU 64GB'; any size, as 24GB\n"
      + "  here, this machine, measured on request\n"
  }
}

/// What `lab memory` prints with these arguments, as text and as JSON.
/// - Throws: the errors of wrong arguments.
package func memoryText(arguments: [String]) throws -> String {
  let report = try MemoryCommand.parse(arguments).report()
  let page = MemoryPage(report: report, style: TerminalStyle(isColored: false)).text
  return page + (try report.printedJSON())
}

/// The figure that `lab memory --figure` draws with these arguments.
/// - Throws: the errors of wrong arguments.
package func memoryFigure(arguments: [String]) throws -> BarPlot {
  MemoryFigure(report: try MemoryCommand.parse(arguments).report()).plot
}

/// The page and the JSON of `lab memory` for a model out of a file, on a device of 24 GB.
/// - Throws: the errors of wrong arguments.
package func memoryText(
  of model: ModelShape, _ format: WeightFormat?, isTraining: Bool
) throws -> String {
  let report = try MemoryCommand.parse(isTraining ? ["--training"] : []).report(
    of: (model, isTraining ? nil : format), on: try Device.named("24GB"))
  let page = MemoryPage(report: report, style: TerminalStyle(isColored: false)).text
  return page + (try report.printedJSON())
}

private struct KnownNames: Encodable {
  struct Entry: Encodable {
    let name: String
    let source: String
  }
  let models: [Entry]
  let devices: [Entry]
}
