import Foundation
import Testing

/// `lab memory`, from the command line.
@Suite struct MemoryCommandTests {
  @Test func planThatFits() throws {
    let answer = try LabProcess().run("memory", "llama-7b", "--context", "100K")
    #expect(answer.status == 0)
    #expect(answer.err.isEmpty)
    for part in ["52.43 GB", "It fits", "longest context", "100,000 tokens"] {
      #expect(answer.out.contains(part), "no '\(part)' in \(answer.out)")
    }
  }

  @Test func planThatDoesNotFitNamesTechniques() throws {
    let answer = try LabProcess().run(
      "memory", "LLaMA 7B", "--attention", "naive", "--context", "100_000")
    #expect(answer.status == 75)
    #expect(
      answer.out.contains("does not fit") && answer.out.contains("tiled attention (lesson 5)"))
  }

  @Test func jsonHasEveryTerm() throws {
    let answer = try LabProcess().run(
      "memory", "LLaMA 65B", "--training", "--context", "2048", "--devices", "64", "--zero", "3",
      "--tokens", "1.4T", "--json")
    #expect(answer.status == 0)
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let report = try #require(object as? [String: Any])
    let terms = try #require(report["terms"] as? [[String: Any]])
    let bytes = Dictionary(
      uniqueKeysWithValues: terms.map {
        ($0["name"] as? String ?? "", $0["bytes"] as? Double ?? .nan)
      })
    // Of 65.29 G weights each of 64 devices holds one in 64, with 16 bytes for each.
    #expect(terms.count == 6)
    #expect(bytes["weights"] == 2 * 65_285_660_672.0 / 64)
    #expect(bytes["gradients"] == bytes["weights"])
    #expect(bytes["optimizer"] == 6 * (bytes["weights"] ?? .nan))
    #expect(bytes["logits"] == 4 * 2048 * 32_000.0)
    // 34 · width · tokens · layers without the dropout masks, and a log-sum-exp per head.
    let activations = try #require(bytes["activations"])
    #expect(activations > 32 * 8192 * 2048 * 80 && activations < 34 * 8192 * 2048 * 80)
    #expect(try #require(report["totalBytes"] as? Double) == bytes.values.reduce(0, +))
    #expect(report["fits"] as? Bool == true)

    // 6N + 12LHQT FLOPs per token with N = 65.2 G, on A100s of 312 TFLOP/s of which training uses
    // 46.2 % (PaLM), at 3 dollars per hour.
    let training = try #require(report["training"] as? [String: Any])
    let flops = 1.4e12 * (6 * 65.2e9 + 12 * 80 * 8192 * 2048)
    let hours = flops / (312e12 * 0.462) / 3600
    for (key, wanted) in [("flops", flops), ("deviceHours", hours), ("dollars", 3 * hours)] {
      let found = try #require(training[key] as? Double)
      #expect(abs(found / wanted - 1) < 1e-9, "\(key): \(found), not \(wanted)")
    }
    // Touvron et al. (2023) report 1,022,362 hours.
    #expect(abs(hours / 1_022_362 - 1) < 0.1)
  }

  @Test func sizesOfAnUnpublishedModel() throws {
    let answer = try LabProcess().run(
      "memory", "--layers", "12", "--width", "768", "--heads", "12", "--block", "gpt",
      "--vocabulary", "50257", "--context", "128Ki", "--device", "4090")
    #expect(answer.status == 0)
    #expect(answer.out.contains("131,072 tokens") && answer.out.contains("RTX 4090"))
  }

  @Test(arguments: [
    (["lama 7b"], "Did you mean 'LLaMA 7B'?"),
    (["LLaMA 7B", "--context", "0"], "context of 0"),
    (["LLaMA 7B", "--context", "many"], "write tokens as"),
    (["LLaMA 7B", "--cache-bits", "5"], "Choose 32, 16, 8 or 4"),
    (["LLaMA 7B", "--device", "h2000"], "Did you mean 'H200'?"),
    (["LLaMA 7B", "--device", "A100"], "'A100 40 GB' or 'A100 80 GB'"),
    (["LLaMA 7B", "--device", ""], "Known: A100 40 GB"),
    (["gpt"], "no model 'gpt'. Known"),
    (["LLaMA 7B", "--training", "--price", "1e308"], "--price 1e+308"),
    (["LLaMA 7B", "--kv-heads", "5"], "cannot share 5"),
    (["LLaMA 7B", "--recompute", "full"], "add --training"),
    (["LLaMA 7B", "--training", "--cache-bits", "8"], "leave --training or"),
    (["LLaMA 7B", "--training", "--zero", "4"], "stages are 0, 1, 2 and 3"),
    (["LLaMA 7B", "--window", "4K", "--attention", "naive"], "saves nothing"),
    (["LLaMA 7B", "--layers", "3"], "not both"),
    (["LLaMA 7B", "--vocabulary", "5"], "not both"),
    (["LLaMA 7B", "--tokens", "1T"], "add --training"),
    (["LLaMA 7B", "--training", "--tokens", "0"], "1 or more"),
    (["--layers", "4", "--width", "64", "--heads", "3"], "do not divide"),
    (["--layers", "4", "--width", "0", "--heads", "3"], "--width 0"),
    (["--layers", "0", "--width", "64", "--heads", "1"], "0 layers"),
    (["--layers", "9", "--width", "999999999", "--heads", "1"], "from 1 to 1000000"),
    (["--layers", "9", "--width", "9223372036854775807", "--heads", "1"], "from 1 to 1000000"),
    ([], "lab memory --list"),
  ])
  func wrongUsageGivesASentence(arguments: [String], sentence: String) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(lab.text("err").contains(sentence), "\(lab.text("err"))")
    #expect(lab.text("out").isEmpty)
  }

  @Test func oneTokenIsSingular() throws {
    let answer = try LabProcess().run("memory", "LLaMA 7B", "--context", "1")
    #expect(answer.out.contains(" 1 token ·") && !answer.out.contains(" 1 tokens"))
  }

  /// More devices are not suggested for this machine.
  @Test func thisMachineIsASingleDevice() throws {
    let answer = try LabProcess().run("memory", "LLaMA 65B", "--context", "1M", "--device", "here")
    #expect(answer.status == 75)
    #expect(!answer.out.contains("devices that share"), "\(answer.out)")
  }

  @Test(arguments: [["--training"], []]) func hugePlansDoNotOverflow(use: [String]) throws {
    let lab = try LabProcess()
    let process = try lab.start(
      LabProcess.binary(),
      ["memory", "LLaMA 65B", "--context", "1000000G", "--batch", "9223372036854775807"] + use)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    #expect(lab.text("out").contains("does not fit"))
  }

  @Test func listNamesModelsAndDevicesWithSources() throws {
    let answer = try LabProcess().run("memory", "--list")
    #expect(answer.status == 0)
    for part in ["LLaMA 65B", "DeepSeek-V2", "H200", "data sheet", "table 2"] {
      #expect(answer.out.contains(part))
    }
  }
}

/// Numbers of tokens that look right and are not.
@Suite struct TokenCountTests {
  @Test(arguments: ["-5", "1,4T", "1,40,000", ",500", "1.2,000", "1 000", "1.4 T", "K", "", "٣"])
  func numberThatIsRefused(text: String) throws {
    let lab = try LabProcess()
    for arguments in [["--context", text], ["--training", "--tokens", text], ["--window", text]] {
      let process = try lab.start(LabProcess.binary(), ["memory", "LLaMA 7B"] + arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 64)
      #expect(lab.text("err").contains("'\(text)' for --"), "\(lab.text("err"))")
    }
  }

  @Test(arguments: [
    ("100,000", "100,000 tokens"), ("1,024", "1,024 tokens"), ("1_000", "1,000 tokens"),
  ])
  func groupsOfThreeDigits(text: String, shown: String) throws {
    #expect(try LabProcess().run("memory", "LLaMA 7B", "--context", text).out.contains(shown))
  }
}
