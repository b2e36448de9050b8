import Foundation

/// Formats numbers for figures: 4,096, 0.05, 5 million and 10⁻⁶ instead of 4096.000, 5e6 and 1e-06.
package enum NumberText {
  /// A single number.
  package static func plain(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "–∞" : "∞" }
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1e6 || size < 1e-3 { return far(value) }
    let decimals = max(0, 3 - Int(floor(log10(size))))
    return grouped(value, decimals: decimals, trimming: true)
  }

  /// Labels of evenly spaced ticks, all with the same number of decimals.
  package static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map { abs($0) }.max() ?? 0
    if let (unit, name) = word(for: largest) {
      // All in the unit of the largest: 0.5 million, 1 million.
      return values.map {
        abs($0) < step / 2 ? "0" : grouped($0 / unit, decimals: 6, trimming: true) + " " + name
      }
    }
    if largest >= 1e6 || (largest < 1e-3 && largest > 0) {
      return values.map { abs($0) < step / 2 ? "0" : far($0) }
    }
    let decimals = (0...9).first { decimals in
      let scaled = step * pow(10, Double(decimals))
      return abs(scaled - scaled.rounded()) < 1e-6 * scaled
    }
    return values.map { grouped($0, decimals: decimals ?? 9, trimming: false) }
  }

  /// A power of a base: the number if it is short, otherwise base and exponent.
  package static func power(of base: Double, exponent: Int) -> String {
    let value = pow(base, Double(exponent))
    if value >= 1e-3 && (value < 1e6 || base == 10) { return plain(value) }
    return plain(base) + superscript(exponent)
  }

  /// In words from a million on, and as a power of ten where there is no word.
  private static func far(_ value: Double) -> String {
    guard let (unit, name) = word(for: abs(value)) else { return scientific(value) }
    return grouped(value / unit, decimals: 3, trimming: true) + " " + name
  }

  /// The word for a size of a million and more, and what it stands for.
  private static func word(for size: Double) -> (unit: Double, name: String)? {
    guard size < 1e15 else { return nil }
    return [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")].first { size >= $0.0 }
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = Int(floor(log10(abs(value))))
    var mantissa = value / pow(10, Double(exponent))
    if abs(mantissa) >= 9.9995 {
      exponent += 1
      mantissa /= 10
    }
    let digits = grouped(mantissa, decimals: 3, trimming: true)
    let power = "10" + superscript(exponent)
    if digits == "1" { return power }
    return digits == "–1" ? "–" + power : digits + "×" + power
  }

  private static func superscript(_ number: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let written = String(abs(number)).compactMap { $0.wholeNumberValue.map { digits[$0] } }
    return (number < 0 ? "⁻" : "") + String(written)
  }

  private static func grouped(_ value: Double, decimals: Int, trimming: Bool) -> String {
    var text = String(format: "%.\(decimals)f", abs(value))
    if trimming, text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    var whole = ""
    for (index, digit) in parts[0].reversed().enumerated() {
      if index > 0 && index % 3 == 0 { whole.append(",") }
      whole.append(digit)
    }
    let isZero = !text.contains { $0 != "0" && $0 != "." }
    let sign = value < 0 && !isZero ? "–" : ""
    return sign + String(whole.reversed()) + (parts.count > 1 ? "." + parts[1] : "")
  }
}

extension NumberText {
  /// A number with three significant digits, for a label at a bar or a dot.
  package static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return plain(value) }
    let unit = pow(10, floor(log10(abs(value))) - 2)
    return abs(value) >= 100 ? plain(value.rounded()) : plain((value / unit).rounded() * unit)
  }

  /// A number rounded to two significant digits, for the ends of a color bar.
  package static func rough(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return plain(value) }
    let unit = pow(10, floor(log10(abs(value))) - 1)
    return plain((value / unit).rounded() * unit)
  }
}
