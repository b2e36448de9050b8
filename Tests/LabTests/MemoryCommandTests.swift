import Foundation
import Testing
import lab

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
      "memory", "LLaMA 7B", "--attention", "naive", "--context", "100_000", "--prefill-chunk",
      "all")
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

  /// Sizes of published models, said by options: the number of weights is the published one.
  @Test(arguments: [
    (
      "Gemma 2B",
      "--layers 18 --width 2048 --heads 8 --kv-heads 1 --head-dim 256 "
        + "--feed-forward 16384 --vocabulary 256000 --tied", 2_506_172_416
    ),
    (
      "GPT-2",
      "--layers 12 --width 768 --heads 12 --block gpt --vocabulary 50257 --tied "
        + "--positions 1024", 124_439_808
    ),
    (
      "Gemma 3 27B",
      "--layers 62 --width 5376 --heads 32 --kv-heads 16 --head-dim 128 "
        + "--feed-forward 21504 --vocabulary 262208 --tied --norms 4 --qk-norm per-head "
        + "--window 1024 --global-every 6", 27_009_346_304
    ),
    (
      "Qwen2.5 7B",
      "--layers 28 --width 3584 --heads 28 --kv-heads 4 --feed-forward 18944 "
        + "--vocabulary 152064 --biases qkv", 7_615_616_512
    ),
    (
      "OLMo 2 7B",
      "--layers 32 --width 4096 --heads 32 --feed-forward 11008 "
        + "--vocabulary 100352 --qk-norm all-heads", 7_298_617_344
    ),
    (
      "MPT-7B-StoryWriter",
      "--layers 32 --width 4096 --heads 32 --block gpt --biases none "
        + "--norm layer-without-bias --vocabulary 50432 --tied", 6_649_286_656
    ),
    (
      "Mixtral 8x7B",
      "--layers 32 --width 4096 --heads 32 --kv-heads 8 --feed-forward 14336 "
        + "--vocabulary 32000 --experts 8 --active-experts 2", 46_702_792_704
    ),
    (
      "DeepSeek-V2",
      "--layers 60 --width 5120 --heads 128 --latent-rank 512 --query-rank 1536 "
        + "--feed-forward 12288 --vocabulary 102400 --experts 160 --active-experts 6 "
        + "--expert-width 1536 --shared-width 3072 --dense-layers 1", 235_741_434_880
    ),
  ])
  func modelsByOptions(name: String, options: String, count: Int) throws {
    func report(_ arguments: [String]) throws -> [String: Any] {
      let lab = try LabProcess()
      let process = try lab.start(LabProcess.binary(), ["memory"] + arguments + ["--json"])
      process.waitUntilExit()
      let object = try JSONSerialization.jsonObject(with: Data(lab.text("out").utf8))
      return try #require(object as? [String: Any])
    }
    let own = try report(options.split(separator: " ").map(String.init))
    let known = try report([name])
    #expect(own["parameters"] as? Int == count)
    #expect(own["totalBytes"] as? Double == known["totalBytes"] as? Double)
  }

  /// What is needed and what there is, with as many digits as tell them apart.
  @Test(arguments: [
    (
      ["Llama 3.1 8B", "--device", "4090"],
      "it needs 29.39 GB, and the device has 25.76 GB (1.14 ×)"
    ),
    (
      ["Llama 3.1 8B", "--context", "72252", "--device", "4090"],
      "it needs 25.757229 GB, and the device has 25.757221 GB (1.0000003 ×)"
    ),
    (["Llama 3.1 8B", "--device", "2x4090"], "of each device ("),
    (["Llama 3.1 8B", "--device", "2x24GB"], "· 2 devices of 24 GB"),
    (["Llama 3.1 8B", "--device", "2x4090"], "· 2 × RTX 4090"),
    (["Llama 3.1 405B", "--device", "2x4090"], "✗ It does not fit: each device needs "),
    (["Gemma 3 1B", "--device", "2x4090"], "There is 1 key/value head for 2 devices"),
    (["LLaMA 7B", "--kv-heads", "1"], "changed to 1 key/value head."),
    (["LLaMA 7B", "--attention", "naive"], "stores its score matrix"),
    (["LLaMA 7B", "--prefill-chunk", "1"], "in chunks of 1 token."),
    (["LLaMA 7B", "--training", "--dropout"], "Dropout, whose masks are stored"),
    (["LLaMA 7B", "--training"], "their gradient overwrites them"),
    (["LLaMA 7B", "--training", "--tensor-parallel", "2"], "(no sequence parallelism)"),
    (
      ["LLaMA 7B", "--training", "--tensor-parallel", "2", "--sequence-parallel"],
      "divided by tokens (sequence parallelism)"
    ),
    (["LLaMA 7B", "--training", "--tokens", "1T"], "PaLM 540B"),
    (["LLaMA 7B", "--device", "M3 Max 64GB"], "of 64 GiB the GPU may use three quarters"),
    (["--compare", "GPT-2", "LLaMA 7B", "--device", "2x4090"], "on each of the 2 devices"),
  ]) func pageSays(arguments: [String], part: String) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    // Lines are wrapped.
    let text = lab.text("out").split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    let wanted = part.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    #expect(text.contains(wanted), "\(lab.text("out"))")
  }

  /// A plan that fits is on one screen of 24 lines with the prompt, one that does not on two.
  @Test(arguments: [
    ["Llama 3.1 8B", "--device", "4090", "--context", "32K"],
    ["Llama 3.1 70B", "--device", "M3 Max 64GB", "--context", "8K", "--weights", "Q4_K_M"],
    ["Llama 3.1 8B", "--device", "4090", "--context", "128K"],
    ["Llama 3.1 405B", "--training", "--device", "512xH100", "--zero", "3", "--context", "8K"],
  ]) func pageIsShort(arguments: [String]) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    let lines = lab.text("out").split(separator: "\n", omittingEmptySubsequences: false)
    // After the last line break is the prompt.
    #expect(lines.count <= (lines[0].contains("It fits") ? 24 : 48), "\(lab.text("out"))")
  }

  /// Bytes are whole; a null limit says why; a dense model uses all its weights.
  @Test func jsonIsExact() throws {
    func report(_ arguments: String...) throws -> (text: String, values: [String: Any]) {
      let lab = try LabProcess()
      let process = try lab.start(LabProcess.binary(), ["memory", "--json"] + arguments)
      process.waitUntilExit()
      let object = try JSONSerialization.jsonObject(with: Data(lab.text("out").utf8))
      return (lab.text("out"), try #require(object as? [String: Any]))
    }
    let full = try report(
      "Llama 3.1 8B", "--weights", "Q4_K_M", "--device", "3x24GB", "--devices", "3",
      "--tensor-parallel", "1", "--pipeline-parallel", "3")
    let pattern = try Regex("\"[a-zA-Z]*[bB]ytes(Read)?\" ?: ?[0-9]+[.e]")
    #expect(full.text.firstMatch(of: pattern) == nil, "\(full.text)")
    let dense = try report("LLaMA 7B", "--device", "4090").values
    #expect(dense["parameters"] as? Int == 6_738_415_616)
    #expect(dense["activeParameters"] as? Int == 6_738_415_616)
    #expect(dense["longestContextIs"] as? String == "found")
    let none = try report("Llama 3.1 405B", "--device", "4090").values
    #expect(
      none["longestContext"] is NSNull && none["longestContextIs"] as? String == "nothing fits")
    let all = try report("LLaMA 7B", "--window", "1K", "--device", "4090").values
    #expect(
      all["longestContext"] is NSNull && all["longestContextIs"] as? String == "everything fits")
  }

  /// The page has the verdict first, and no line is longer than the terminal.
  @Test(arguments: [
    ["LLaMA 7B"], ["DeepSeek-V2", "--devices", "8"], ["LLaMA 65B", "--training"],
    ["Gemma 3 27B", "--context", "128Ki", "--weights", "Q4_K_M", "--device", "2x4090"],
    ["Llama 3.1 405B", "--training", "--qlora", "--tokens", "1M", "--device", "M3 Ultra 512GB"],
    ["Qwen3 235B-A22B", "--batch", "8", "--shared-prefix", "2K", "--block-tokens", "16"],
  ]) func pagesOf80Columns(arguments: [String]) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    let lines = lab.text("out").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first?.contains(" fit") == true)
    for line in lines { #expect(line.count <= 80, "\(line)") }
    #expect(process.terminationStatus == (lines[0].contains("does not fit") ? 75 : 0))
  }

  @Test func jsonHasEveryAssumption() throws {
    let answer = try LabProcess().run(
      "memory", "Llama 2 70B", "--devices", "16", "--key-cache", "q8_0", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let report = try #require(object as? [String: Any])
    let assumptions = try #require(report["assumptions"] as? [String])
    #expect(assumptions.contains { $0.contains("tensor parallelism over 16") })
    #expect(assumptions.contains { $0.contains("2 devices cache the same head") })
    #expect(assumptions.contains { $0.contains("chunks of 2,048") })
    let plan = try #require(report["plan"] as? [String: Any])
    for key in ["prefillChunk", "weightFormat", "keyFormat", "valueFormat", "accounting"] {
      #expect(plan[key] != nil, "\(key)")
    }
  }

  /// The sentence says the options of what is enough, and with them it is.
  @Test func fewerDevicesWithTheirOptions() throws {
    func page(_ devices: Int, zero: Int) throws -> String {
      try LabProcess().run(
        "memory", "Llama 3.1 8B", "--training", "--context", "8192", "--device", "H100",
        "--recompute", "full", "--devices", "\(devices)", "--zero", "\(zero)"
      ).out
    }
    let four = try page(4, zero: 1)
    #expect(four.contains("2 devices are enough, with --devices 2 --zero 3."), "\(four)")
    #expect(try page(2, zero: 3).hasPrefix("✓ It fits"))
  }

  /// gpt-oss-120b is published with experts of 4.25 bits: 65.25 GB.
  @Test func publishedFormatsAreTheDefault() throws {
    let answer = try LabProcess().run(
      "memory", "gpt-oss-120b", "--device", "H100", "--context", "128Ki")
    #expect(answer.status == 0 && answer.out.contains("65.25 GB"), "\(answer.out)")
    #expect(answer.out.replacing("\n", with: " ").contains("as they are published"))
  }

  @Test func twoModelsSideBySide() throws {
    let answer = try LabProcess().run(
      "memory", "--compare", "Gemma 3 27B", "Qwen3 32B", "--context", "32K")
    #expect(answer.status == 0)
    for part in ["Gemma 3 27B", "Qwen3 32B", "key/value cache", "total", "longest context"] {
      #expect(answer.out.contains(part), "\(answer.out)")
    }
    #expect(answer.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func pricesSideBySide() throws {
    let lab = try LabProcess()
    let process = try lab.start(
      LabProcess.binary(),
      [
        "memory", "--compare", "LLaMA 65B", "LLaMA 7B", "--training", "--context", "2048",
        "--recompute", "full", "--tokens", "1.4T",
      ])
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    #expect(lab.text("out").contains("1,465,172"), "\(lab.text("out"))")
  }

  @Test func figureOfBytesByContext() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: file) }
    let answer = try LabProcess().run(
      "memory", "Llama 3.1 8B", "--context", "32K", "--device", "4090", "--figure", file.path)
    #expect(answer.status == 0 && answer.out.contains("Figure: "))
    #expect(try Data(contentsOf: file).prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
  }

  /// Every bar is inside the axis, none is black, and the title names devices and plan.
  @Test(arguments: [
    (
      ["Llama 3.1 405B", "--training", "--device", "512xH100", "--zero", "3", "--context", "8K"],
      ["Llama 3.1 405B on 512 × H100\n", "data parallelism over 512, ZeRO-3"], true
    ),
    (
      ["Llama 3.1 8B", "--context", "32K", "--weights", "Q4_K_M", "--device", "2x4090"],
      ["on 2 × RTX 4090\n", "weights: Q4_K_M, cache: 16 bits"], true
    ),
    (["LLaMA 65B", "--attention", "naive", "--context", "1M", "--prefill-chunk", "all"], [], true),
    (["GPT-2", "--context", "1024"], ["the device has 85.9 GB, far above"], false),
    (["GPT-2", "--context", "1"], [], false),
  ]) func figureShowsAllBars(arguments: [String], parts: [String], hasLine: Bool) throws {
    let plot = try memoryFigure(arguments: arguments)
    for part in parts { #expect(plot.title.contains(part), "\(plot.title)") }
    #expect(plot.marks.isEmpty != hasLine)
    let top = try #require(plot.y.range?.upperBound)
    let totals = plot.categories.indices.map { group in
      plot.series.reduce(0) { $0 + $1.values[group] }
    }
    #expect(totals.count == 6 && totals.allSatisfy { $0 <= top && $0 > 0 })
    #expect((totals.max() ?? 0) > top / 10)
    for bars in plot.series { #expect(bars.color.map { $0.hex != "#000000" } == true) }
    for name in plot.categories { #expect(name.contains("\n") && name.hasSuffix("B")) }
  }

  @Test func modelOfAConfigurationFile() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let json = """
      {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536, "vocab_size": 49152,
       "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
       "tie_word_embeddings": true, "_name_or_path": "\\u001b[31mred"}
      """
    let file = folder.appendingPathComponent("config.json")
    try Data(json.utf8).write(to: file)
    for path in [file.path, folder.path] {
      let answer = try LabProcess().run("memory", "--config", path, "--context", "8192")
      #expect(answer.status == 0)
      #expect(answer.out.contains("188.7 MB") && !answer.out.contains("\u{1B}"))
    }
    try Data("{}".utf8).write(to: file)
    let lab = try LabProcess()
    let wrong = try lab.start(LabProcess.binary(), ["memory", "--config", file.path])
    wrong.waitUntilExit()
    #expect(wrong.terminationStatus == 64, "\(lab.text("err"))")
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
    for line in answer.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
