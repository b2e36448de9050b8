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

  /// A device by name (`H100`, `4090`), as its driver spells it (`NVIDIA A100-SXM4-80GB`), by size
  /// (`24GB`), an Apple chip with its memory (`M3 Max 64GB`), a CPU with its memory (`CPU 64GB`), or
  /// several of one kind (`2x4090`).
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
    let wanted = DeviceName(name)
    let fitting = known.filter(wanted.fits)
    // A card that is sold with several memories needs its memory in the name.
    if fitting.count == 1, wanted.gigabytes != nil || DeviceName(fitting[0].name).gigabytes == nil {
      return fitting[0]
    }
    if let gigabytes = wanted.gigabytes, (0.1...100_000).contains(gigabytes) {
      if wanted.words.isEmpty, !name.contains("-") {
        return Device(
          name: "a device of \(text(gigabytes)) GB", bytes: gigabytes * 1e9, bytesPerSecond: nil,
          flopsPerSecond: nil, source: "the command line")
      }
      if wanted.words == ["cpu"] {
        return Device(
          name: "CPU, \(text(gigabytes)) GB", bytes: gigabytes * 1e9, bytesPerSecond: nil,
          flopsPerSecond: nil, source: "the command line")
      }
      if let chip = appleChips.first(where: { ModelShape.plain($0.name) == wanted.plain }),
        gigabytes <= chip.most
      {
        return Device(
          name: "Apple \(chip.name), \(text(gigabytes)) GB",
          bytes: AppleChip.share(gibibytes: gigabytes) * gigabytes * 1_073_741_824,
          bytesPerSecond: chip.bandwidth(gibibytes: gigabytes) * 1e9, flopsPerSecond: nil,
          source: "Apple's specifications; of \(text(gigabytes)) GiB the GPU may use "
            + "\(gigabytes <= 32 ? "two thirds" : "three quarters") by default")
      }
    }
    throw unknown(wanted, typed: typed, fitting: fitting.map(\.name))
  }

  private static func unknown(
    _ wanted: DeviceName, typed: String, fitting: [String]
  ) -> UnknownName {
    let needsMemory =
      wanted.words == ["cpu"] || appleChips.contains { ModelShape.plain($0.name) == wanted.plain }
    let close = fitting.isEmpty ? known.filter(wanted.isPart).map(\.name) : fitting
    return UnknownName(
      kind: "device", name: typed, fitting: fitting,
      suggestions: (1...3).contains(close.count) ? close : [],
      related: Array(known.filter(wanted.isRelated).map(\.name).prefix(5)),
      hint: needsMemory ? "Give it with its memory, as '\(typed.dropSpaces) 64GB'." : nil)
  }

  private static func text(_ gigabytes: Double) -> String {
    gigabytes == gigabytes.rounded() ? String(Int(gigabytes)) : String(gigabytes)
  }
}

extension String {
  /// Without spaces at both ends.
  fileprivate var dropSpaces: Substring {
    var rest = drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}

/// The name of a device in words, as people, shops and drivers spell it: `NVIDIA A100-SXM4-80GB`.
private struct DeviceName {
  /// Lower case, without the maker, the memory, and words that say nothing about which card it is.
  var words: [String] = []
  /// The memory in the name.
  var gigabytes: Double?
  private var isSXM = false

  var plain: String { words.joined() }
  private var numbers: [String] { ModelName.numbers(in: words.joined(separator: " ")) }

  init(_ name: String) {
    // The search for a size takes quadratic time; no name is that long.
    guard name.utf8.count <= 200 else { return }
    for var word in ModelName.words(name) {
      if Self.ignored.contains(word) { continue }
      if ["gb", "gib"].contains(word), let number = words.last.flatMap(Self.number) {
        words.removeLast()
        setMemory(number)
        continue
      }
      if let sxm = word.range(of: "sxm[0-9]?$", options: .regularExpression) {
        isSXM = true
        word.removeSubrange(sxm)
      } else if let size = word.range(
        of: "[0-9]+([.][0-9]+)?(gb|gib|g)$", options: .regularExpression),
        size.lowerBound == word.startIndex || word.hasSuffix("b")
      {
        setMemory(Self.number(word[size].prefix { $0.isNumber || $0 == "." }))
        word.removeSubrange(size)
      }
      for part in word.hasPrefix("rtx") ? ["rtx", String(word.dropFirst(3))] : [word]
      where !part.isEmpty { words.append(part) }
    }
    // The data sheet of 2020 has the same rates for both forms of this card.
    if words == ["a100", "pcie"], gigabytes == 40 { words = ["a100"] }
  }

  /// Two sizes are none.
  private mutating func setMemory(_ value: Double?) {
    if gigabytes == nil { gigabytes = value } else { words.append("gb") }
  }

  private static func number(_ text: some StringProtocol) -> Double? {
    text.allSatisfy { ("0"..."9").contains($0) || $0 == "." } ? Double(text) : nil
  }

  private static let ignored: Set = [
    "nvidia", "geforce", "tesla", "amd", "instinct", "apple", "intel", "google", "gpu", "oam",
    "tensor", "core", "hbm2", "hbm2e", "hbm3", "hbm3e", "generation", "workstation", "edition",
  ]

  /// Cards that are SXM modules where the name does not say PCIe or NVL.
  private static let modules: Set = ["v100", "a100", "h100", "h800", "h200", "b200", "b300"]

  /// Whether the device has this name, and the memory if the name has one.
  func fits(_ device: Device) -> Bool {
    let own = DeviceName(device.name)
    return (plain == own.plain || "rtx" + plain == own.plain) && numbers == own.numbers
      && agrees(with: device, own) && (!isSXM || Self.modules.contains(own.plain))
  }

  /// Whether the name is a part of the device's: every word is one of its words, or the start of
  /// one, and one of them has a number.
  func isPart(of device: Device) -> Bool {
    let own = DeviceName(device.name)
    return agrees(with: device, own) && words.contains { $0.contains(where: \.isNumber) }
      && (!isSXM || Self.modules.contains(own.plain))
      && words.allSatisfy { word in
        own.words.contains {
          $0.hasPrefix(word) && $0.dropFirst(word.count).first?.isNumber != true
        }
      }
  }

  /// Whether a word with a number is in both names.
  func isRelated(to device: Device) -> Bool {
    let own = DeviceName(device.name).words
    return words.contains { $0.contains(where: \.isNumber) && own.contains($0) }
  }

  /// Memory is named in GiB, of which drivers report up to 7 % less.
  private func agrees(with device: Device, _ own: DeviceName) -> Bool {
    guard let gigabytes else { return true }
    return own.gigabytes.map { $0 == gigabytes }
      ?? (0.93...1.001).contains(device.bytes / 1_073_741_824 / gigabytes)
  }
}
