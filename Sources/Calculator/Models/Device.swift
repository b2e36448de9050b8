import Foundation

/// A device, with the values of its data sheet.
public struct Device: Equatable, Sendable {
  public var name: String
  /// Memory in bytes as on the data sheet, in units of 10⁹: an "80 GB" card counts as 80 · 10⁹
  /// bytes, though it may have a little more.
  public var bytes: Double
  /// Memory bandwidth; nil if unknown.
  public var bytesPerSecond: Double?
  /// Peak FLOP/s of dense matrix products: 16-bit inputs with 32-bit sums, or 32-bit for a CPU; nil
  /// if unknown.
  public var flopsPerSecond: Double?
  /// Devices of this kind.
  public var count = 1
  public var source: String

  public init(
    name: String, bytes: Double, bytesPerSecond: Double?, flopsPerSecond: Double?,
    source: String
  ) {
    self.name = name
    self.bytes = bytes
    self.bytesPerSecond = bytesPerSecond
    self.flopsPerSecond = flopsPerSecond
    self.source = source
  }

  /// Known devices: memory in GB, bandwidth in GB/s, peak in TFLOP/s, and the source.
  public static let known: [Device] =
    [
      ("T4", 16, 320, 65, "NVIDIA T4 data sheet"),
      ("V100 16 GB", 16, 900, 125, "NVIDIA V100 data sheet, SXM2"),
      ("V100 32 GB", 32, 900, 125, "NVIDIA V100 data sheet, SXM2"),
      ("A10", 24, 600, 125, "NVIDIA A10 data sheet"),
      ("A30", 24, 933, 165, "NVIDIA A30 data sheet"),
      ("A40", 48, 696, 149.7, "NVIDIA A40 data sheet"),
      ("A100 40 GB", 40, 1555, 312, "NVIDIA A100 data sheet"),
      ("A100 80 GB", 80, 2039, 312, "NVIDIA A100 data sheet, SXM"),
      ("L4", 24, 300, 121, "NVIDIA L4 data sheet, without sparsity"),
      ("L40S", 48, 864, 362, "NVIDIA L40S data sheet, without sparsity"),
      ("H20", 96, 4000, 148, "NVIDIA H20 data sheet as printed by resellers"),
      ("H100", 80, 3350, 989.4, "NVIDIA H100 data sheet, SXM, without sparsity"),
      ("H100 PCIe", 80, 2000, 756, "NVIDIA H100 data sheet, PCIe, without sparsity"),
      ("H200", 141, 4800, 989.4, "NVIDIA H200 data sheet, SXM, without sparsity"),
      ("B200", 180, 8000, 2250, "NVIDIA DGX B200 data sheet, one of 8, without sparsity"),
      ("MI250X", 128, 3277, 383, "AMD Instinct MI250X data sheet"),
      ("MI300X", 192, 5300, 1307.4, "AMD Instinct MI300X data sheet, without sparsity"),
      ("MI325X", 256, 6000, 1307.4, "AMD Instinct MI325X data sheet, without sparsity"),
    ]
    .map { Device($0.0, $0.1, $0.2, $0.3, $0.4) }
    + [
      ("RTX 3060", 12, 360, 25.5), ("RTX 3060 Ti", 8, 448, 32.4), ("RTX 3070", 8, 448, 40.6),
      ("RTX 3080", 10, 760, 59.5), ("RTX 3080 Ti", 12, 912, 68.2), ("RTX 3090", 24, 936, 71.2),
      ("RTX 3090 Ti", 24, 1008, 80),
    ].map { Device($0.0, $0.1, $0.2, $0.3, ampere) }
    + [
      ("RTX 4060", 8, 272, 30.2), ("RTX 4060 Ti 16 GB", 16, 288, 44.1),
      ("RTX 4070", 12, 504, 58.3), ("RTX 4070 Ti", 12, 504, 80.2),
      ("RTX 4070 Ti Super", 16, 672, 88.2), ("RTX 4080", 16, 717, 97.5),
      ("RTX 4080 Super", 16, 736, 104.4), ("RTX 4090", 24, 1008, 165.2),
    ].map { Device($0.0, $0.1, $0.2, $0.3, ada) }
    + [
      ("RTX 5060 Ti 16 GB", 16, 448, 47.4), ("RTX 5070", 12, 672, 61.7),
      ("RTX 5070 Ti", 16, 896, 87.9), ("RTX 5080", 16, 960, 112.6),
      ("RTX 5090", 32, 1792, 209.5),
    ].map { Device($0.0, $0.1, $0.2, $0.3, blackwell) }

  private static let ampere = "NVIDIA GA102 white paper and product pages; peak: twice the 32-bit"
  private static let ada =
    "NVIDIA Ada architecture white paper, appendix A, and product pages; peak: twice the 32-bit"
  private static let blackwell =
    "NVIDIA RTX Blackwell white paper and product pages; peak: twice the 32-bit"

  /// Apple's chips, whose memory is part of the order: bandwidth in GB/s.
  public static let appleChips: [(name: String, gigabytesPerSecond: Double)] = [
    ("M1", 68.3), ("M1 Pro", 200), ("M1 Max", 400), ("M1 Ultra", 800),
    ("M2", 100), ("M2 Pro", 200), ("M2 Max", 400), ("M2 Ultra", 800),
    ("M3", 100), ("M3 Pro", 150), ("M3 Max", 400), ("M3 Ultra", 819),
    ("M4", 120), ("M4 Pro", 273), ("M4 Max", 546), ("M5", 153.6),
  ]
  /// The part of unified memory that the GPU may use by default (Apple, Metal,
  /// `recommendedMaxWorkingSetSize`: about three quarters on most machines).
  public static let appleShare = 0.75

  private init(
    _ name: String, _ gigabytes: Double, _ bandwidth: Double, _ teraflops: Double,
    _ source: String
  ) {
    self.init(
      name: name, bytes: gigabytes * 1e9, bytesPerSecond: bandwidth * 1e9,
      flopsPerSecond: teraflops * 1e12, source: source)
  }

  /// A device by name (`H100`, `4090`), by size (`24GB`), an Apple chip with its memory
  /// (`M3 Max 64GB`), a CPU with its memory (`CPU 64GB`), or several of one kind (`2x4090`).
  ///
  /// - Throws: `UnknownName`. A part of a name names nothing, except a card's number without 'RTX'.
  public static func named(_ name: String) throws(UnknownName) -> Device {
    let (count, rest) = counted(name)
    // A comma could separate thousands or decimals.
    var found = try single(rest.contains(",") ? "" : rest, typed: name)
    found.count = count
    return found
  }

  /// '2x4090' is 2 and '4090'.
  private static func counted(_ name: String) -> (Int, String) {
    let trimmed = name.drop { $0 == " " }
    let digits = trimmed.prefix { ("0"..."9").contains($0) }
    let after = trimmed.dropFirst(digits.count).drop { $0 == " " }
    guard let count = Int(digits), (1...1_000_000).contains(count),
      let sign = after.first, sign == "x" || sign == "X" || sign == "×" || sign == "*"
    else { return (1, name) }
    return (count, String(after.dropFirst()))
  }

  private static func single(_ name: String, typed: String) throws(UnknownName) -> Device {
    var wanted = ModelShape.plain(name)
    for maker in ["nvidia", "geforce", "amd", "instinct", "apple"] where wanted.hasPrefix(maker) {
      wanted.removeFirst(maker.count)
    }
    for found in known where [wanted, "rtx" + wanted].contains(ModelShape.plain(found.name)) {
      return found
    }
    if !name.contains("-"), let gigabytes = size(wanted) {
      return Device(
        name: "a device of \(text(gigabytes)) GB", bytes: gigabytes * 1e9, bytesPerSecond: nil,
        flopsPerSecond: nil, source: "the command line")
    }
    if wanted.hasPrefix("cpu"), let gigabytes = size(String(wanted.dropFirst(3))) {
      return Device(
        name: "CPU, \(text(gigabytes)) GB", bytes: gigabytes * 1e9, bytesPerSecond: nil,
        flopsPerSecond: nil, source: "the command line")
    }
    for chip in appleChips.reversed() {
      let plain = ModelShape.plain(chip.name)
      guard wanted.hasPrefix(plain), let gigabytes = size(String(wanted.dropFirst(plain.count)))
      else { continue }
      return Device(
        name: "Apple \(chip.name), \(text(gigabytes)) GB", bytes: appleShare * gigabytes * 1e9,
        bytesPerSecond: chip.gigabytesPerSecond * 1e9, flopsPerSecond: nil,
        source: "Apple's product page; three quarters of the memory, as the GPU may use by default")
    }
    throw UnknownName(
      kind: "device", name: typed,
      known: known.map(\.name) + ["M3 Max 64GB", "CPU 64GB", "24GB", "2x4090", "here"],
      fitting: variants(wanted))
  }

  /// Devices that differ only in their memory: 'A100' is one of two.
  private static func variants(_ wanted: String) -> [String] {
    guard !wanted.isEmpty else { return [] }
    return known.map(\.name).filter { name in
      guard let gb = name.range(of: #" \d+ GB$"#, options: .regularExpression) else { return false }
      let plain = ModelShape.plain(String(name[..<gb.lowerBound]))
      return plain == wanted || plain == "rtx" + wanted
    }
  }

  /// The number before 'gb', from 0.1 to 100,000.
  private static func size(_ plain: String) -> Double? {
    guard plain.hasSuffix("gb"), let value = Double(plain.dropLast(2)),
      (0.1...100_000).contains(value), plain.first?.isNumber == true,
      !plain.dropLast(2).contains("e")
    else { return nil }
    return value
  }

  private static func text(_ gigabytes: Double) -> String {
    gigabytes == gigabytes.rounded() ? String(Int(gigabytes)) : String(gigabytes)
  }
}
