import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

/// The command line: `lab`.
struct LongContextLab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Lessons on how a language model reads 100,000 tokens, run like a notebook.",
    discussion: """
      Examples:
        lab list                     the lessons
        lab run positions            run one; 'lab run 3' is the same
        lab run all --scale smoke    run all, in seconds
        lab open positions           read its page again
        lab export 3 --to ipynb      the same as a Jupyter notebook
        lab memory "LLaMA 7B"        what it takes at 100,000 tokens, and whether it fits
        lab check                    the exercise that you are at

      Exit codes:
        0   all claims hold
        1   a claim fails, or an exercise
        64  wrong usage
        69  the device is not available, or for 'lab bench' PyTorch
        74  input or output: a text, a folder, a file
        75  time or memory exceeded
        130 stopped with Ctrl-C; finished steps are kept
      """,
    version: labVersion,
    subcommands: [
      ListCommand.self, RunCommand.self, OpenCommand.self, ExportCommand.self, MemoryCommand.self,
      BenchCommand.self, DoctorCommand.self, CheckCommand.self, HintCommand.self,
      SolutionCommand.self, ResetCommand.self, WatchCommand.self, ReportCommand.self,
    ])

  /// At a terminal: where you are and what is next. Elsewhere: the help.
  func run() throws {
    guard Terminal.standardOutput.isTerminal else {
      Terminal.standardOutput.write(Self.helpMessage() + "\n")
      return
    }
    Whereabouts(course: course, runs: RunsFolder.standard).show()
  }
}

extension LongContextLab {
  /// A mistyped command gets the nearest one.
  static func checkName(of typed: String?) throws {
    let names = configuration.subcommands.map { $0.configuration.commandName ?? "" } + ["help"]
    guard let typed, !typed.hasPrefix("-"), !names.contains(typed) else { return }
    let wayOut =
      nearestName(to: typed, among: names).map { "Did you mean 'lab \($0)'?" }
      ?? "'lab --help' shows them all."
    Terminal.standardError.write("lab: There is no command '\(typed)'. \(wayOut)\n")
    throw ExitCode(ExitStatus.usage.rawValue)
  }

  /// An answer that did not reach its reader is no success.
  static func checkOutput() throws {
    guard let trouble = Terminal.outputTrouble else { return }
    Terminal.standardError.write("lab: \(trouble)\n")
    throw ExitCode(ExitStatus.inputOutput.rawValue)
  }

  /// How the program ends after this error, or after this exit code of success. Help, the version and
  /// completion scripts come as errors that succeed; they are written here, so that they too reach
  /// their reader or fail.
  static func outcome(of error: any Error) -> any Error {
    guard exitCode(for: error).isSuccess else { return error }
    let message = fullMessage(for: error)
    if !message.isEmpty { Terminal.standardOutput.write(message + "\n") }
    do {
      try checkOutput()
      return ExitCode.success
    } catch {
      return error
    }
  }
}

let labVersion = "0.1.0"
