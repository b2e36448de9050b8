import ArgumentParser
import CPUBackend
import Calculator
import Foundation
import LessonKit

struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract:
      "What a model takes on a device, term by term: does it fit, and if not, what would help?",
    discussion: """
      100K is 100,000 tokens (128Ki is 131,072); GB is 10⁹ bytes. Exit code 75 where it does not fit.

      Examples:
        lab memory "LLaMA 7B" --context 100K
        lab memory "LLaMA 7B" --context 100K --attention plain --device "A100 40 GB"
        lab memory "LLaMA 65B" --training --context 2048 --devices 64 --zero 3 --recompute full
        lab memory --layers 12 --width 768 --heads 12 --context 32K --device 4090
        lab memory --list
      """)

  @Argument(
    help: "A published model by name; or leave it out and give the sizes.",
    completion: .list(ModelShape.published.map(\.name)))
  var model: String?

  @OptionGroup(title: "Sizes of a model of your own") var sizes: SizeOptions

  @OptionGroup(title: "The plan") var plan: PlanOptions

  @Option(
    help: "The device it runs on; 'here' measures this machine.",
    completion: .list(Device.known.map(\.name) + ["here"]))
  var device = "A100 80 GB"

  @Option(help: "Tokens to train on, for the price of the whole training: 1.4T.")
  var tokens: String?

  @Option(
    parsing: .unconditional, help: "Dollars that an hour of the device costs, for the price.")
  var price = 3.0

  @Flag(help: "List the models and devices that are known by name.")
  var list = false

  @Flag(help: "Print everything as JSON.")
  var json = false

  @Flag(help: "No color.")
  var noColor = false

  func run() throws {
    do {
      if list { return try printKnown() }
      let report = MemoryReport(
        plan: try plan.plan(of: try sizes.model(named: model)), device: try chosenDevice(),
        isAlone: isHere, training: try trainingPrice())
      if json {
        Terminal.standardOutput.write(try report.printedJSON() + "\n")
      } else {
        let style = Terminal.standardOutput.style(noColor: noColor)
        Terminal.standardOutput.write(MemoryPage(report: report, style: style).text)
      }
      guard report.fits else { throw ExitCode(ExitStatus.budgetExceeded.rawValue) }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  private func trainingPrice() throws -> MemoryReport.Training? {
    guard price.isFinite, (0...1e6).contains(price) else {
      throw PlanError("--price \(price); an hour of a device costs from 0 to 1,000,000 dollars")
    }
    return try tokens.map { text in
      guard plan.training else { throw PlanError("--tokens is for training; add --training") }
      let count = try TokenCount(text, of: "--tokens").value
      guard count > 0 else { throw PlanError("--tokens \(text); train on 1 or more") }
      return MemoryReport.Training(tokens: Double(count), price: price)
    }
  }

  private var isHere: Bool { ModelShape.plain(device) == "here" }

  /// A device of the table, or this machine by a short measurement.
  private func chosenDevice() throws -> Device {
    guard isHere else { return try Device.named(device) }
    let backend = try CPUBackend(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    return Device(
      name: "this machine", bytes: Double(ProcessInfo.processInfo.physicalMemory),
      bytesPerSecond: backend.measureReadBandwidth(passCount: 2),
      flopsPerSecond: backend.measureMultiplyAddPeak(burstCount: 100),
      source: "measured just now, with 32-bit numbers")
  }

  private func printKnown() throws {
    if json {
      let known = KnownNames(
        models: ModelShape.published.map { .init(name: $0.name, source: $0.source) },
        devices: Device.known.map { .init(name: $0.name, source: $0.source) })
      return Terminal.standardOutput.write(try known.printedJSON() + "\n")
    }
    let style = Terminal.standardOutput.style(noColor: noColor)
    var text = style.ink("Models", .bold) + "\n"
    for model in ModelShape.published {
      let size = Quantity.plain.text(model.heldParameterCount / 1e9, digits: 3)
      text += "  \(model.name), \(size) billion weights\n    \(style.ink(model.source, .faint))\n"
    }
    text += style.ink("Devices", .bold) + "\n"
    for device in Device.known {
      text += "  \(device.name), \(Quantity.bytes.text(device.bytes)), "
      text += "\(Quantity.bytes.text(device.bytesPerSecond, digits: 4)) a second\n"
      text += "    \(style.ink(device.source, .faint))\n"
    }
    Terminal.standardOutput.write(text + "  here, this machine, measured when asked\n")
  }
}

private struct KnownNames: Encodable {
  struct Entry: Encodable {
    let name: String
    let source: String
  }
  let models: [Entry]
  let devices: [Entry]
}
