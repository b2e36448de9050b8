import Foundation
import OpenCLBackend
import TestSupport
import Testing

/// Options that no other test uses, each with one effect.
@Suite struct OptionTests {
  /// What a command prints at a terminal of this width.
  private func atTerminal(_ arguments: String, columns: Int = 100) throws -> String {
    let lab = try LabProcess()
    let command = "stty cols \(columns); '\(try LabProcess.binary().path)' \(arguments)"
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/script"), ["-qec", command, "/dev/null"],
      environment: ["TERM": "xterm", "NO_COLOR": ""])
    process.waitUntilExit()
    return lab.text("out")
  }

  /// The columns of the longest line of prose: it begins with a letter. Tables, code and paths are
  /// not wrapped.
  private func widest(_ text: String) throws -> Int {
    let plain = text.replacing(#/\e\[[0-9;?]*[a-zA-Z]/#, with: "")
    return plain.components(separatedBy: .newlines)
      .filter { $0.first?.isLetter == true }.map(\.count).max() ?? 0
  }

  @Test(.needs(program: "script"))
  func largeIsNarrow() throws {
    let usual = try atTerminal("run cost --scale smoke --images none")
    let large = try atTerminal("run cost --scale smoke --images none --large")
    #expect(try widest(usual) > 90 && widest(usual) <= 100)
    #expect(try widest(large) > 54 && widest(large) <= 64)
  }

  @Test(.needs(program: "script"))
  func imagesAreDrawnAsAsked() throws {
    for (choice, mark) in [
      ("kitty", "\u{1B}_G"), ("iterm", "\u{1B}]1337;File="), ("sixel", "\u{1B}P"), ("half", "▀"),
    ] {
      #expect(
        try atTerminal("run cost --scale smoke --images \(choice)").contains(mark), "\(choice)")
    }
    let without = try atTerminal("run cost --scale smoke --images none")
    for mark in ["\u{1B}_G", "\u{1B}]1337", "\u{1B}P", "▀"] { #expect(!without.contains(mark)) }
  }

  /// With `auto` the terminal is asked what it can draw, unless no input is read.
  @Test(.needs(program: "script"))
  func noInputAsksNothing() throws {
    let question = "\u{1B}[c"
    #expect(try atTerminal("run cost --scale smoke").contains(question))
    #expect(try !atTerminal("run cost --scale smoke --no-input").contains(question))
    let answer = try LabProcess().run("run", "cost", "--scale", "smoke", "--step", "--no-input")
    #expect(answer.status == 64 && answer.err.contains("--step waits for keys"))
  }

  /// A second run says that nothing has to run again, or that it ran because it is short; its claims
  /// are the same.
  @Test func reuseRepeatsTheClaims() throws {
    let lab = try LabProcess()
    func run() throws -> (claims: [String], command: String) {
      let answer = try lab.run("run", "3", "--scale", "smoke", "--reuse", "--json")
      #expect(answer.status == 0, "\(answer.err)")
      let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
      let claims = (object as? [String: Any])?["claims"] as? [[String: Any]]
      let data = try #require(
        FileManager.default.contents(atPath: lab.path(".lab/runs/positions/run.json")))
      let record = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let facts = record?["facts"] as? [String: Any]
      return (
        try #require(claims).map { "\($0["id"] ?? "") \($0["value"] ?? "")" },
        facts?["command"] as? String ?? ""
      )
    }
    let (first, second) = (try run(), try run())
    #expect(!first.claims.isEmpty && first.claims == second.claims)
    #expect(first.command.contains(" --reuse"))
  }

  @Test func benchOnOneDevice() throws {
    let lab = try LabProcess()
    let both = try lab.run("bench", "--device", "both")
    #expect(both.status == 64 && both.err.contains("one device at a time"))
    let unknown = try lab.run("bench", "--device", "no such device")
    #expect(unknown.status == 69)
    let product = try lab.run("bench", "--quick", "--json", "--only", "product")
    #expect(product.status == 0 && product.out.contains("\"skipped\" : [\n\n  ]"), "\(product.out)")
  }

  @Test(.needs("OpenCL device", "'make test' installs PoCL") { !OpenCLDevice.all().isEmpty })
  func benchOnAnOpenCLDevice() throws {
    let answer = try LabProcess().run(
      "bench", "--quick", "--json", "--only", "large", "--small", "--device", "gpu")
    #expect(answer.status == 0, "\(answer.err)")
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let machine = (object as? [String: Any])?["machine"] as? [String: Any]
    #expect(machine?["device"] as? String == OpenCLDevice.all()[0].label)
  }
}

/// The options of `lab memory`, with the bytes by hand: LLaMA 7B has N = 6,738,415,616 weights,
/// 32 layers of width 4096.
@Suite struct MemoryOptionTests {
  private let weights = 6_738_415_616.0

  private func report(_ arguments: String...) throws -> [String: Any] {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments + ["--json"])
    process.waitUntilExit()
    let object = try JSONSerialization.jsonObject(with: Data(lab.text("out").utf8))
    return try #require(object as? [String: Any], "\(lab.text("err"))")
  }

  private func bytes(_ arguments: String...) throws -> [String: Double] {
    let lab = try LabProcess()
    let process = try lab.start(
      LabProcess.binary(), ["memory", "LLaMA 7B", "--context", "2048", "--json"] + arguments)
    process.waitUntilExit()
    let object = try JSONSerialization.jsonObject(with: Data(lab.text("out").utf8))
    let terms = (object as? [String: Any])?["terms"] as? [[String: Any]]
    return Dictionary(
      uniqueKeysWithValues: try #require(terms).map {
        ($0["name"] as? String ?? "", $0["bytes"] as? Double ?? .nan)
      })
  }

  /// Bytes per weight: of the weight, the gradient, and the optimizer.
  @Test(arguments: [(16, 2, 2, 12), (18, 2, 4, 12), (20, 2, 6, 12), (32, 4, 4, 8)])
  func state(bytesPerWeight: Int, weight: Int, gradient: Int, optimizer: Int) throws {
    let found = try bytes("--training", "--state", "\(bytesPerWeight)")
    #expect(found["weights"] == Double(weight) * weights)
    #expect(found["gradients"] == Double(gradient) * weights)
    #expect(found["optimizer"] == Double(optimizer) * weights)
  }

  /// Two masks per layer, a byte for each element of the residual stream.
  @Test func dropout() throws {
    let (with, without) = (try bytes("--training", "--dropout"), try bytes("--training"))
    let added = try #require(with["activations"]) - #require(without["activations"])
    #expect(added == 2 * 4096 * 2048 * 32)
    #expect(try report("LLaMA 7B", "--training", "--dropout")["fits"] != nil)
  }

  /// With 8 and 4 bits, 32 weights share 32 bits of scales: one more bit per weight.
  @Test(arguments: [(32, 4.0), (16, 2), (8, 1.125), (4, 0.625)])
  func weightBits(bits: Int, bytesPerWeight: Double) throws {
    #expect(try bytes("--weight-bits", "\(bits)")["weights"] == bytesPerWeight * weights)
  }

  /// One more hidden unit of a GPT block is a column, a bias and a row.
  @Test func feedForward() throws {
    func count(_ width: Int) throws -> Int {
      let found = try report(
        "--layers", "2", "--width", "64", "--heads", "4", "--block", "gpt", "--vocabulary", "10",
        "--context", "100", "--feed-forward", "\(width)")
      return try #require(found["parameters"] as? Int)
    }
    #expect(try count(101) - count(100) == 2 * (64 + 1 + 64))
  }
}
