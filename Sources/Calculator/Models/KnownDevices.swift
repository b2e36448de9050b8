extension Device {
  /// A line of the tables: memory in MiB, bandwidth in GB/s, peak in TFLOP/s.
  private typealias Line = (
    name: String, mebibytes: Double, bandwidth: Double, peak: Double, source: String
  )

  /// Known devices. Memory is what `nvidia-smi` or `rocm-smi` reports, with error correction as
  /// delivered; where no report was found, the size of the name in GiB. Sparse peaks of data
  /// sheets are halved. Cards of laptops are others and are not listed.
  public static let known: [Device] =
    servers.map(device) + workstations.map(device)
    + geForce(ampere, "NVIDIA Ampere GA102 white paper, 2020, appendix A, and product pages")
    + geForce(ada, "NVIDIA Ada white paper, 2022, appendix A, and product pages")
    + geForce(blackwell, "NVIDIA RTX Blackwell white paper, 2025, and product pages")
    + others.map(device)

  /// NVIDIA's cards for servers. H100 without a suffix is SXM.
  private static let servers: [Line] = [
    ("T4", 15_360, 320, 65, "NVIDIA Turing white paper, 2018; 16-bit floats, not bfloat16"),
    ("V100 16 GB", 16_384, 900, 125, "NVIDIA V100 data sheet, 2020, SXM2; 16-bit floats"),
    ("V100 32 GB", 32_768, 900, 125, "NVIDIA V100 data sheet, 2020, SXM2; 16-bit floats"),
    ("A10", 23_028, 600, 125, "NVIDIA A10 data sheet"),
    ("A30", 24_576, 933, 165, "NVIDIA A30 data sheet"),
    ("A40", 46_068, 696, 149.7, "NVIDIA A40 data sheet"),
    ("A100 40 GB", 40_960, 1555, 312, "NVIDIA A100 data sheet, 2020"),
    ("A100 80 GB", 81_920, 2039, 312, "NVIDIA A100 data sheet, 2021, SXM"),
    ("A100 PCIe 80 GB", 81_920, 1935, 312, "NVIDIA A100 data sheet, 2021, PCIe"),
    ("L4", 23_034, 300, 121, "NVIDIA L4 data sheet, 2023"),
    ("L40", 46_068, 864, 181, "NVIDIA L40 data sheet, 2022"),
    ("L40S", 46_068, 864, 362, "NVIDIA L40S data sheet, 2023"),
    ("H20", 97_871, 4000, 148, "press reports of 2023, as NVIDIA has no data sheet; 96 GB"),
    ("H100", 81_559, 3350, 989.4, "NVIDIA H100 white paper, 2022, and data sheet, SXM"),
    ("H100 PCIe", 81_559, 2000, 756, "NVIDIA H100 white paper, 2022, and data sheet, PCIe"),
    ("H100 NVL", 95_830, 3900, 835, "NVIDIA H100 data sheet, 2023, NVL, one card"),
    ("H800", 81_559, 3350, 989.4, "DeepSeek, FlashMLA, 2025: bandwidth and peak as H100's"),
    ("H200", 143_771, 4800, 989.4, "NVIDIA H200 data sheet, 2023, SXM"),
    ("GH200 96 GB", 97_871, 4000, 989.4, "NVIDIA GH200 data sheet, 2023, GPU memory only"),
    ("GH200 144 GB", 145_920, 4900, 989.4, "NVIDIA GH200 data sheet, 2023, GPU memory only"),
    ("B200", 183_359, 8000, 2250, "NVIDIA DGX B200 data sheet, 2024, one of 8"),
    ("GB200", 189_471, 8000, 2500, "NVIDIA GB200 NVL72 data sheet, 2024, one GPU"),
    ("B300", 275_040, 8000, 2250, "NVIDIA DGX B300 data sheet, 2025, one of 8"),
    ("GB300", 284_208, 8000, 2500, "NVIDIA GB300 NVL72 data sheet, 2025, one GPU"),
  ]

  private static let workstations: [Line] = [
    ("RTX A4000", 16_376, 448, 76.7, "NVIDIA RTX A4000 data sheet, 2021"),
    ("RTX A5000", 24_564, 768, 111.1, "NVIDIA RTX A5000 data sheet, 2021"),
    ("RTX A6000", 49_140, 768, 154.8, "NVIDIA Ampere GA102 white paper, 2020, appendix C"),
    ("RTX 6000 Ada", 49_140, 960, 364.2, "NVIDIA Ada white paper, 2022"),
    (
      "RTX PRO 6000 Blackwell", 97_887, 1792, 503.8,
      "NVIDIA RTX Blackwell PRO white paper, 2025, workstation edition"
    ),
  ]

  /// GeForce cards sum 16-bit products in 32 bits at half the rate of sums in 16 bits. That is
  /// twice the rate of 32-bit products, from which the peak follows where the white paper has none.
  private typealias GeForceLine = (
    name: String, mebibytes: Double, bandwidth: Double, peak: Double
  )
  private static let ampere: [GeForceLine] = [
    ("RTX 3050 6 GB", 6144, 168, 13.5), ("RTX 3050 8 GB", 8192, 224, 18.2),
    ("RTX 3060 8 GB", 8192, 240, 25.5), ("RTX 3060 12 GB", 12_288, 360, 25.5),
    ("RTX 3060 Ti", 8192, 448, 32.4), ("RTX 3070", 8192, 448, 40.6),
    ("RTX 3070 Ti", 8192, 608, 43.5), ("RTX 3080 10 GB", 10_240, 760, 59.5),
    ("RTX 3080 12 GB", 12_288, 912, 61.3), ("RTX 3080 Ti", 12_288, 912, 68.2),
    ("RTX 3090", 24_576, 936, 71.2), ("RTX 3090 Ti", 24_564, 1008, 80),
  ]
  private static let ada: [GeForceLine] = [
    ("RTX 4060", 8188, 272, 30.2), ("RTX 4060 Ti 8 GB", 8188, 288, 44.1),
    ("RTX 4060 Ti 16 GB", 16_380, 288, 44.1), ("RTX 4070", 12_282, 504, 58.3),
    ("RTX 4070 Super", 12_282, 504, 71), ("RTX 4070 Ti", 12_282, 504, 80.2),
    ("RTX 4070 Ti Super", 16_376, 672, 88.2), ("RTX 4080", 16_376, 717, 97.5),
    ("RTX 4080 Super", 16_376, 736, 104.4), ("RTX 4090", 24_564, 1008, 165.2),
  ]
  private static let blackwell: [GeForceLine] = [
    ("RTX 5050", 8151, 320, 26.3), ("RTX 5060", 8151, 448, 38.4),
    ("RTX 5060 Ti 8 GB", 8151, 448, 47.4), ("RTX 5060 Ti 16 GB", 16_311, 448, 47.4),
    ("RTX 5070", 12_227, 672, 61.7), ("RTX 5070 Ti", 16_303, 896, 87.9),
    ("RTX 5080", 16_303, 960, 112.6), ("RTX 5090", 32_607, 1792, 209.5),
  ]

  private static let others: [Line] = [
    (
      "MI250X", 131_040, 3277, 383,
      "AMD Instinct MI250X data sheet, 2021, both halves, which software sees as two devices"
    ),
    ("MI300X", 196_592, 5300, 1307.4, "AMD Instinct MI300X data sheet, 2023"),
    ("MI325X", 262_144, 6000, 1307.4, "AMD Instinct MI325X data sheet, 2024"),
    ("MI350X", 294_912, 8000, 2300, "AMD Instinct MI350X product page, 2025"),
    ("MI355X", 294_896, 8000, 2500, "AMD Instinct MI355X product page, 2025"),
    ("Gaudi 3", 131_072, 3700, 1678, "Intel Gaudi 3 white paper, 2025"),
    ("TPU v4", 32_768, 1200, 275, "Google Cloud, TPU v4, one chip"),
    ("TPU v5e", 16_384, 819, 197, "Google Cloud, TPU v5e, one chip"),
    ("TPU v5p", 97_280, 2765, 459, "Google Cloud, TPU v5p, one chip"),
    ("TPU v6e", 32_768, 1638, 918, "Google Cloud, TPU v6e, one chip"),
  ]

  private static func device(_ line: Line) -> Device {
    Device(
      name: line.name, bytes: line.mebibytes * 1_048_576, bytesPerSecond: line.bandwidth * 1e9,
      flopsPerSecond: line.peak * 1e12, source: line.source)
  }

  private static func geForce(_ lines: [GeForceLine], _ source: String) -> [Device] {
    lines.map { device(($0.name, $0.mebibytes, $0.bandwidth, $0.peak, source)) }
  }

  /// Apple's chips, whose memory is part of the order: bandwidth in GB/s as Apple announced it
  /// or specifies it, for M1 that of its memory (LPDDR4X-4266, 128 bits). Of two kinds of one chip,
  /// the one with fewer cores has the lower bandwidth, and only that one has these sizes.
  public static let appleChips: [AppleChip] = [
    AppleChip("M1", 68.3, most: 16), AppleChip("M1 Pro", 200, most: 32),
    AppleChip("M1 Max", 400, most: 64),
    AppleChip("M1 Ultra", 800, most: 128),
    AppleChip("M2", 100, most: 24), AppleChip("M2 Pro", 200, most: 32),
    AppleChip("M2 Max", 400, most: 96),
    AppleChip("M2 Ultra", 800, most: 192),
    AppleChip("M3", 100, most: 24), AppleChip("M3 Pro", 150, most: 36),
    AppleChip("M3 Max", 400, most: 128, [36, 96], 300),
    AppleChip("M3 Ultra", 819, most: 512),
    AppleChip("M4", 120, most: 32), AppleChip("M4 Pro", 273, most: 64),
    AppleChip("M4 Max", 546, most: 128, [36], 410),
    AppleChip("M5", 153, most: 32), AppleChip("M5 Pro", 307, most: 64),
    AppleChip("M5 Max", 614, most: 128, [36], 460),
  ]

  public struct AppleChip: Sendable {
    public let name: String
    private let usual: Double
    /// The largest memory in GiB that it is sold with.
    let most: Double
    private let slowSizes: [Double]
    private let slow: Double

    fileprivate init(
      _ name: String, _ usual: Double, most: Double, _ slowSizes: [Double] = [],
      _ slow: Double = 0
    ) {
      self.name = name
      self.usual = usual
      self.most = most
      self.slowSizes = slowSizes
      self.slow = slow
    }

    /// GB/s of the chip with this memory.
    func bandwidth(gibibytes: Double) -> Double {
      slowSizes.contains(gibibytes) ? slow : usual
    }

    /// The part of unified memory that the GPU may use by default (Metal's
    /// `recommendedMaxWorkingSetSize`): two thirds up to 32 GiB and three quarters above, as
    /// llama.cpp prints it: 11,453 of 17,180 MB and 51,540 of 68,719 MB. Newer versions of macOS
    /// allow more on some machines (55,663 of 68,719 MB).
    static func share(gibibytes: Double) -> Double { gibibytes <= 32 ? 2.0 / 3 : 0.75 }
  }
}
