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
        lab list                     list the lessons
        lab run positions            run a lesson; 'lab run 3' is the same
        lab run all --scale smoke    run all lessons, in seconds
        lab show positions           read its run again here
        lab open positions           open the page of its run
        lab export 3 --to ipynb      write the run as a Jupyter notebook
        lab slides 3 --to pdf        write the run as slides
        lab memory "LLaMA 7B"        does it fit at 100,000 tokens?
        lab check                    check the current exercise
        lab ask notes.txt "Who?"     ask a published model about your own text

      Exit codes:
        0   success; all claims hold
        1   a claim or an exercise fails
        64  wrong usage
        65  a model or a text cannot be used ('lab model', 'lab ask'); 66: it does not exist
        69  the device is not available (for 'lab bench': PyTorch; for PDF: Chromium; for 'lab ask':
            the model)
        74  input or output error: a text, a folder, a file
        75  the time limit or the memory is exceeded, or another run uses the folder
        130 stopped with Ctrl-C; finished steps are kept
      """,
    version: labVersion,
    subcommands: [
      ListCommand.self, RunCommand.self, ShowCommand.self, OpenCommand.self, ExportCommand.self,
      SlidesCommand.self, HandoutCommand.self, MemoryCommand.self, ModelCommand.self,
      AskCommand.self, BenchCommand.self,
      DoctorCommand.self, CheckCommand.self, HintCommand.self,
      SolutionCommand.self, ResetCommand.self, WatchCommand.self, ReportCommand.self,
    ])

  /// At a terminal, prints the status of the course. Elsewhere, prints the help.
  func run() throws {
    guard Terminal.standardOutput.isTerminal else {
      Terminal.standardOutput.write(Self.helpMessage() + "\n")
      return
    }
    let status = CourseStatus(course, runs: LabFolder.runs)
    Terminal.standardOutput.write(status.text(Terminal.standardOutput.style(noColor: false)))
  }
}

extension LongContextLab {
  /// Checks the first argument.
  /// - Throws: `UnknownCommand`, with the most similar command, if it is neither a command nor an
  ///   option.
  static func checkCommandName(_ typed: String?) throws(UnknownCommand) {
    let names = configuration.subcommands.map { $0.configuration.commandName ?? "" } + ["help"]
    guard let typed, !typed.hasPrefix("-"), !names.contains(typed) else { return }
    let lesson = try? course.lesson(named: typed).card.slug
    let near = nearestName(to: typed, among: names + lessonNames)
    let nearest = (lesson ?? near).map { lessonNames.contains($0) ? "run \($0)" : $0 }
    throw UnknownCommand(name: typed, isLesson: lesson != nil, nearest: nearest)
  }

  /// Ends the program with the message and the exit code of an error.
  static func exit(after error: any Error) -> Never {
    TerminalKeys.endAll()
    if let status = error as? ExitStatus { Foundation.exit(status.rawValue) }
    let code = exitCode(for: error)
    if code.isSuccess { exit(printing: fullMessage(for: error)) }
    // ArgumentParser returns this code for every error that is not one of its own.
    guard code == .failure else {
      // ArgumentParser would print it as it is.
      Terminal.standardError.write(withHarmlessArguments(fullMessage(for: error)) + "\n")
      Foundation.exit(code.rawValue)
    }
    Terminal.standardError.writeMessage(withHarmlessArguments(sentence(for: error)))
    Foundation.exit(ExitStatus(of: error).rawValue)
  }

  /// The message of an error, with each argument that it repeats on one row.
  private static func withHarmlessArguments(_ message: String) -> String {
    var values: Set<String> = []
    for argument in CommandLine.arguments.dropFirst() {
      values.insert(argument)
      if let sign = argument.firstIndex(of: "=") {
        values.insert(String(argument[argument.index(after: sign)...]))
      }
    }
    return values.filter { $0 != $0.terminalLine }.sorted { $0.count > $1.count }
      .reduce(message) { $0.replacing($1, with: $1.terminalLine) }
  }

  /// ArgumentParser reports help, the version and completion scripts as errors that mean success.
  /// `lab` writes them itself, so that a full disk is an error here too.
  private static func exit(printing text: String) -> Never {
    Terminal.standardOutput.write(text + "\n")
    do throws(OutputError) {
      try Terminal.checkOutput()
      Foundation.exit(ExitStatus.success.rawValue)
    } catch {
      exit(after: error)
    }
  }
}

/// A command that does not exist.
struct UnknownCommand: UsageError {
  let name: String
  /// Whether the name is that of a lesson.
  var isLesson = false
  let nearest: String?

  var description: String {
    if isLesson, let nearest { return "'\(name)' is a lesson. Run it with: lab \(nearest)" }
    let hint = nearest.map { "Did you mean 'lab \($0)'?" } ?? "'lab --help' lists the commands."
    return "There is no command '\(name)'. \(hint)"
  }
}

let labVersion = "0.1.0"
