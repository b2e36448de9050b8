import Foundation

/// A device, with its memory and the peak rates of its data sheet.
public struct Device: Equatable, Sendable {
  public var name: String
  /// Memory in bytes. Of a named device, all that its driver reports: an "80 GB" A100 has 80 GiB,
  /// 85.9 · 10⁹ bytes. A size (`24GB`) counts as typed, in units of 10⁹.
  public var bytes: Double
  /// Memory bandwidth; nil if unknown.
  public var bytesPerSecond: Double?
  /// Peak FLOP/s of dense matrix products, without sparsity: bfloat16 inputs (16-bit floats where a
  /// device has no bfloat16) with 32-bit sums, or 32-bit for a CPU; nil if unknown.
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
      guard wanted.hasPrefix(plain), let gigabytes = size(String(wanted.dropFirst(plain.count))),
        gigabytes <= chip.most
      else { continue }
      return Device(
        name: "Apple \(chip.name), \(text(gigabytes)) GB",
        bytes: AppleChip.share(gibibytes: gigabytes) * gigabytes * 1_073_741_824,
        bytesPerSecond: chip.bandwidth(gibibytes: gigabytes) * 1e9, flopsPerSecond: nil,
        source: "Apple's specifications; the part of the memory that the GPU may use by default")
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
