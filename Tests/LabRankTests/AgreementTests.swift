import CPUBackend
import Communication
import SequenceParallel
import SystemSupport
import TensorCore
import TestSupport
import Testing

@Suite(
  "Processes that mpiexec starts compute what threads compute", .needs(program: "mpiexec"),
  .serialized, .timeLimit(.minutes(30)))
struct AgreementTests {
  @Test(
    "attention: bits, bytes, differences",
    arguments: [
      (2, SpreadTechnique.ring, SequenceLayout.zigzag), (3, .ring, .striped),
      (4, .ring, .contiguous), (2, .allGather, .zigzag), (4, .ulysses, .contiguous),
    ])
  func attention(ranks: Int, technique: SpreadTechnique, layout: SequenceLayout) throws {
    var trial = AttentionTrial()
    (trial.technique, trial.layout, trial.length) = (technique, layout, 301)
    (trial.headCount, trial.kvHeadCount, trial.window, trial.hasSlopes) = (8, 4, 200, true)
    let settings = trial
    let threads = try ThreadTransport.run(ranks: ranks) {
      try settings.run(over: $0, on: try CPUBackend(threadCount: 1))
    }[0]
    let processes = try Ranks.report(
      AttentionReport.self, ranks,
      [
        "attention", "--technique", technique.rawValue, "--layout", layout.rawValue, "--length",
        "301", "--heads", "8", "--kv-heads", "4", "--window", "200", "--alibi",
      ])
    #expect(processes.checksum == threads.checksum)
    #expect(processes.ranks.map(\.sentBytes) == threads.ranks.map(\.sentBytes))
    #expect(processes.ranks.map(\.sentBytes) == processes.formulaBytes)
    #expect(try #require(processes.outputDifference) < 1e-5)
    #expect(try #require(processes.gradientDifference) < 1e-4)
  }

  @Test("training steps: losses and the bits of the weights")
  func training() throws {
    var trial = TrainingTrial()
    (trial.length, trial.recomputes) = (150, true)
    let settings = trial
    let threads = try ThreadTransport.run(ranks: 3) {
      try settings.run(over: $0, on: try CPUBackend(threadCount: 1))
    }[0]
    let processes = try Ranks.report(
      TrainingReport.self, 3, ["train", "--length", "150", "--kv-heads", "2", "--recompute"])
    #expect(processes.weightChecksums == threads.weightChecksums)
    #expect(processes.losses == threads.losses)
    #expect(processes.ranks.map(\.sentBytes) == threads.ranks.map(\.sentBytes))
    for (loss, whole) in zip(processes.losses, try #require(processes.wholeLosses)) {
      #expect(abs(loss - whole) < 1e-5 * whole)
    }
  }

  @Test("without mpiexec there is one rank")
  func alone() throws {
    var program = Program(try Ranks.binary(), arguments: ["attention", "--length", "64"])
    program.timeLimit = 300
    let result = try program.run()
    #expect(result.end == .exit(0), "\(result.errorText)")
    #expect(result.outputText.contains("\"formulaBytes\":[0]"))
  }
}
