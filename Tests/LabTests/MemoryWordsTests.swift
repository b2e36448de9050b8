import Foundation
import Testing
import lab

/// Words of `lab memory` that are wrong, or are spelled otherwise: what it answers.
@Suite struct MemoryWordsTests {
  @Test(arguments: [
    (["lama 7b"], "Did you mean 'LLaMA 7B' or 'Llama 2 7B'?"),
    (["gpt"], "Did you mean 'GPT-2'?"),
    (["LLaMA 30B"], "no model 'LLaMA 30B'. Known"),
    (["Llama 2 8B"], "no model 'Llama 2 8B'. Known"),
    ([""], "no model ''. 'lab memory --list' lists all"),
    ([], "lab memory --list"),
    (["LLaMA 7B", "--context", "0"], "context of 0"),
    (["LLaMA 7B", "--context", "many"], "write tokens as"),
    (["LLaMA 7B", "--context", ""], "write tokens as"),
    (["LLaMA 7B", "--context", "1e9"], "write tokens as"),
    (["LLaMA 7B", "--context", "1..2K"], "write tokens as"),
    (["LLaMA 7B", "--context", "1.5"], "a whole number"),
    (["LLaMA 7B", "--context", "1.2345K"], "a whole number"),
    (["LLaMA 7B", "--context", "1,4K"], "a comma separates thousands"),
    (["LLaMA 7B", "--context", "10,00"], "a comma separates thousands"),
    (["LLaMA 7B", "--context", ",100"], "a comma separates thousands"),
    (["LLaMA 7B", "--context", "99999999T"], "write tokens as"),
    (["LLaMA 7B", "--batch", "0"], "batch of 0"),
    (["LLaMA 7B", "--batch", "-3"], "batch of -3"),
    (["LLaMA 7B", "--cache-bits", "5"], "Choose 32, 16, 8 or 4"),
    (["LLaMA 7B", "--key-cache", "q9_0"], "no format 'q9_0'"),
    (["LLaMA 7B", "--value-cache", ""], "no format ''"),
    (["LLaMA 7B", "--weights", "Q4_K_X"], "no format 'Q4_K_X'"),
    (["LLaMA 7B", "--weights", "awq-5-128"], "no format 'awq-5-128'"),
    (["LLaMA 7B", "--weights", "gptq-4-0"], "no format 'gptq-4-0'"),
    (["LLaMA 7B", "--weight-bits", "3"], "no format of 3 bits"),
    (["LLaMA 7B", "--weights", "Q4_0", "--weight-bits", "4"], "both give a format"),
    (["LLaMA 7B", "--device", "h2000"], "no device 'h2000'. 'lab memory --list' lists all"),
    (["LLaMA 7B", "--device", "H2"], "no device 'H2'. 'lab memory --list' lists all"),
    (["LLaMA 7B", "--device", "A100"], "'A100 40 GB' or 'A100 80 GB'"),
    (["LLaMA 7B", "--device", ""], "no device ''. 'lab memory --list' lists all"),
    (["LLaMA 7B", "--device", "0x4090"], "no device '0x4090'"),
    (["LLaMA 7B", "--device", "nanGB"], "no device 'nanGB'"),
    (["LLaMA 7B", "--device", "M3 Max"], "Give it with its memory, as 'M3 Max 64GB'."),
    (["LLaMA 7B", "--device", "A100 PCIe"], "Did you mean 'A100 PCIe 80 GB'?"),
    (["LLaMA 7B", "--device", "H100 94GB"], "Did you mean 'H100 NVL'?"),
    (["LLaMA 7B", "--device", "T5"], "no device 'T5'. 'lab memory --list' lists all"),
    (["LLaMA 7B", "--device", "A800 80GB"], "no device 'A800 80GB'. 'lab memory --list'"),
    (["LLaMA 7B", "--device", "L4 SXM"], "no device 'L4 SXM'. Known: L4."),
    (["Qwen/Qwen3-235B-A22B-Instruct-2507"], "Did you mean 'Qwen3 235B-A22B'?"),
    (["Qwen2.5-Coder-7B-Instruct-AWQ"], "Did you mean 'Qwen2.5 7B'?"),
    (["Mistral-7B-Instruct-v0.2"], "no model 'Mistral-7B-Instruct-v0.2'. Known"),
    (["Phi-4-mini-instruct"], "no model 'Phi-4-mini-instruct'. Known"),
    (["Phi-3-mini-128k-instruct"], "no model 'Phi-3-mini-128k-instruct'. Known"),
    (["deepseek-ai/DeepSeek-R1-Distill-Llama-70B"], "no model 'deepseek-ai/DeepSeek-R1-Distill"),
    (["google/gemma-3n-E4B-it"], "no model 'google/gemma-3n-E4B-it'. Known"),
    (["Llama 27B"], "no model 'Llama 27B'. Known"),
    (["Llama 3.1 8B", "--figure", "a.jpg"], "end its name with .png"),
    (["LLaMA 7B", "--device", "2x4090", "--devices", "4"], "--device names 2"),
    (["LLaMA 7B", "--devices", "3"], "does not divide 32 heads"),
    (["Llama 3.2 3B", "--devices", "3"], "neither divides 8 key/value heads nor"),
    (["LLaMA 7B", "--devices", "0"], "--devices 0"),
    (["LLaMA 7B", "--tensor-parallel", "0"], "--tensor-parallel 0"),
    (["LLaMA 7B", "--pipeline-parallel", "33"], "only 32 layers"),
    (["LLaMA 7B", "--devices", "5", "--pipeline-parallel", "2"], "groups of 2"),
    (["LLaMA 7B", "--context-parallel", "9999999"], "from 1 to 1,000,000"),
    (["LLaMA 7B", "--training", "--price", "1e308"], "--price 1e+308"),
    (["LLaMA 7B", "--kv-heads", "5"], "cannot share 5"),
    (["DeepSeek-V2", "--kv-heads", "8"], "caches a latent state"),
    (["LLaMA 7B", "--recompute", "full"], "add --training"),
    (["LLaMA 7B", "--loss-chunk", "1K"], "add --training"),
    (["LLaMA 7B", "--qlora"], "add --training"),
    (["LLaMA 7B", "--training", "--cache-bits", "8"], "leave --training or"),
    (["LLaMA 7B", "--training", "--prefill-chunk", "8"], "leave --training or"),
    (["LLaMA 7B", "--training", "--zero", "4"], "stages are 0, 1, 2 and 3"),
    (["LLaMA 7B", "--training", "--state", "17"], "16, 18 or 20 bytes"),
    (["LLaMA 7B", "--training", "--recompute", "some"], "none, selective, full"),
    (["LLaMA 7B", "--training", "--recompute", "0"], "0 layers at a time"),
    (["LLaMA 7B", "--training", "--lora", "0"], "rank 0"),
    (["LLaMA 7B", "--training", "--lora-targets", "q"], "needs --lora"),
    (["LLaMA 7B", "--training", "--lora", "8", "--lora-targets", "q,z"], "--lora-targets z"),
    (["LLaMA 7B", "--training", "--lora", "8", "--lora-targets", ""], "--lora-targets "),
    (["LLaMA 7B", "--training", "--offload", "weights"], "--offload weights"),
    (["LLaMA 7B", "--training", "--accumulate", "0"], "0 passes"),
    (["LLaMA 7B", "--training", "--state", "32", "--optimizer", "adamw8bit"], "is for --state 16"),
    (["LLaMA 7B", "--window", "4K", "--attention", "naive"], "saves nothing"),
    (["LLaMA 7B", "--window", "0"], "window of 0"),
    (["LLaMA 7B", "--global-every", "6"], "needs --window"),
    (["LLaMA 7B", "--global-every", "0", "--window", "1K"], "--global-every 0"),
    (["Gemma 3 27B", "--global-every", "6", "--window", "1K"], "windows of its own"),
    (["LLaMA 7B", "--prefill-chunk", "0"], "chunk of 0"),
    (["LLaMA 7B", "--block-tokens", "0"], "blocks of 0"),
    (["LLaMA 7B", "--batch", "2", "--shared-prefix", "200K"], "shared prefix of 200000"),
    (["LLaMA 7B", "--shared-prefix", "2K"], "add --batch"),
    (["LLaMA 7B", "--training", "--zero", "3"], "add --devices"),
    (["LLaMA 7B", "--training", "--sequence-parallel"], "needs --tensor-parallel"),
    (["--list", "--compare", "a", "b"], "leave the model and the other options out"),
    (["--list", "--gguf", "a"], "leave the model and the other options out"),
    (["LLaMA 7B", "--new-tokens", "200K"], "200000 new tokens"),
    (["LLaMA 7B", "--layers", "3"], "not both"),
    (["LLaMA 7B", "--vocabulary", "5"], "not both"),
    (["LLaMA 7B", "--tied"], "not both"),
    (["LLaMA 7B", "--config", "config.json"], "both give a model"),
    (["--config", "/nowhere/config.json"], "No such file"),
    (["--config", "/dev/null"], "a device, not a file"),
    (["--gguf", "/nowhere/model.gguf"], "No such file"),
    (["--gguf", "/dev/zero"], "a device, not a file"),
    (["LLaMA 7B", "--tokens", "1T"], "add --training"),
    (["LLaMA 7B", "--training", "--tokens", "0"], "1 or more"),
    (["LLaMA 7B", "--training", "--tokens", "1,4T"], "a comma separates thousands"),
    (["--layers", "4", "--width", "64", "--heads", "3"], "do not divide"),
    (["--layers", "4", "--width", "0", "--heads", "3"], "--width 0"),
    (["--layers", "0", "--width", "64", "--heads", "1"], "--layers 0"),
    (["--layers", "9", "--width", "999999999", "--heads", "1"], "from 1 to 1000000"),
    (["--layers", "9", "--width", "9223372036854775807", "--heads", "1"], "from 1 to 1000000"),
    (["--layers", "9", "--width", "64", "--heads", "1", "--experts", "8"], "--active-experts"),
    (
      [
        "--layers", "9", "--width", "64", "--heads", "1", "--experts", "8", "--active-experts", "9",
      ],
      "active experts 9"
    ),
    (["--layers", "9", "--width", "64", "--heads", "1", "--dense-layers", "1"], "add --experts"),
    (["--layers", "9", "--width", "64", "--heads", "1", "--query-rank", "1"], "add --latent-rank"),
    (["--layers", "9", "--width", "64", "--heads", "1", "--positions", "-1"], "--positions -1"),
    (["--layers", "9", "--width", "64", "--heads", "1", "--norms", "-1"], "norms -1"),
    (
      [
        "--layers", "9", "--width", "64", "--heads", "1", "--experts", "8", "--active-experts", "2",
        "--experts-every", "0",
      ],
      "--experts-every 0"
    ),
    (["DeepSeek-V3", "--multi-token", "0"], "--multi-token 0"),
    (["--compare", "LLaMA 7B"], "takes two models"),
    (["--compare", "LLaMA 7B", "LLaMA 8B"], "no model 'LLaMA 8B'"),
    (["LLaMA 7B", "--compare", "LLaMA 7B", "Llama 2 7B"], "names its models itself"),
  ])
  func wrongUsageGivesASentence(arguments: [String], sentence: String) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    // Long messages have several lines.
    let words = lab.text("err").split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains(sentence), "\(lab.text("err"))")
    #expect(lab.text("out").isEmpty)
  }

  /// Names as a driver, a shop or a repository spells them.
  @Test(arguments: [
    ("LLaMA 7B", "H100 80GB", "· H100\n"), ("LLaMA 7B", "NVIDIA H100 80GB HBM3", "· H100\n"),
    ("LLaMA 7B", "H100 SXM", "· H100\n"), ("LLaMA 7B", "NVIDIA A100-SXM4-80GB", "· A100 80 GB\n"),
    ("LLaMA 7B", "A100 80GB PCIe", "· A100 PCIe 80 GB"), ("LLaMA 7B", "RTX4090", "· RTX 4090\n"),
    ("LLaMA 7B", "NVIDIA GeForce RTX 4090", "· RTX 4090\n"), ("GPT-2", "Tesla T4", "· T4\n"),
    ("meta-llama/Llama-3.1-8B-Instruct", "H100", "Llama 3.1 8B ·"),
    ("meta-llama/Meta-Llama-3-8B", "H100", "Llama 3 8B ·"),
    ("google/gemma-3-27b-it", "H100", "Gemma 3 27B ·"),
    ("google/gemma-2b", "H100", "Gemma 2B ·"),
    ("mistralai/Mistral-7B-Instruct-v0.1", "H100", "Mistral 7B ·"),
    ("mistralai/Mistral-Nemo-Instruct-2407", "H100", "Mistral Nemo 12B ·"),
    ("Qwen/Qwen3-8B-Base", "H100", "Qwen3 8B ·"), ("openai/gpt-oss-20b", "H100", "gpt-oss-20b ·"),
    ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "H100", "TinyLlama 1.1B ·"),
  ]) func namesAsOthersSpellThem(model: String, device: String, shown: String) throws {
    let answer = try LabProcess().run("memory", model, "--context", "1K", "--device", device)
    #expect(answer.out.contains(shown), "\(answer.out)")
  }

  /// An unknown name is answered in lines of 80 columns.
  @Test(arguments: [
    ["LLaMA 30B"], ["Mistral 9B"], ["Qwen 9B"], ["Gemma 99B"], ["GPT-2", "--device", "RTX 6000"],
    ["GPT-2", "--device", "RTX 4060 Ti"], ["GPT-2", "--device", "none"],
  ]) func messageOf80Columns(arguments: [String]) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["memory"] + arguments)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    for line in lab.text("err").split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
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
