import Foundation

/// The unit and format of a number on a page.
public enum Quantity: String, Codable, Sendable {
  /// Four significant digits.
  case plain
  /// A ratio: `1.03 ×`.
  case times
  /// A fraction: 0.03 is written `3 %`.
  case percent
  /// A whole number with commas: `100,000`.
  case count
  /// Bytes in kB, MB, GB or TB (powers of 1000): `12.3 MB`.
  case bytes
  case seconds

  /// A whole number with its unit: 2,048.
  public func text(_ value: Int) -> String { text(Double(value)) }

  /// The number with its unit, rounded to `digits` significant digits.
  public func text(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return nonFinite(value) }
    switch self {
    case .plain: return significant(value, digits)
    case .times: return significant(value, digits) + " ×"
    case .percent: return significant(value * 100, digits) + " %"
    case .count: return grouped(value, digits: digits)
    case .bytes: return scaled(value, digits: digits)
    case .seconds: return duration(value, digits: digits)
    }
  }
}

private func nonFinite(_ value: Double) -> String {
  value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞"
}

/// `value` rounded to `digits` significant digits, without trailing zeros: 1.5, 2,048, 1.2×10⁻⁵, 12
/// million.
private func significant(_ value: Double, _ digits: Int) -> String {
  // 100 times a finite fraction can be infinite.
  guard value.isFinite else { return nonFinite(value) }
  guard value != 0 else { return "0" }
  let magnitude = abs(value)
  if magnitude >= 1e6, magnitude < 1e15 {
    let (size, name) =
      magnitude < 1e9 ? (1e6, "million") : magnitude < 1e12 ? (1e9, "billion") : (1e12, "trillion")
    return "\(significant(value / size, digits)) \(name)"
  }
  if magnitude >= 1e15 || magnitude < 1e-3 {
    let parts = String(format: "%.\(max(0, digits - 1))e", value).split(separator: "e")
    let mantissa = withoutZeros(String(parts[0]))
    let power = "10" + superscript(Int(parts[1]) ?? 0)
    return withMinus(
      mantissa == "1" ? power : mantissa == "-1" ? "-" + power : mantissa + "×" + power)
  }
  let before = Int(floor(log10(magnitude))) + 1
  let text = withoutZeros(String(format: "%.\(max(0, digits - before))f", magnitude))
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  let whole = withCommas(String(parts[0])) + (parts.count > 1 ? "." + parts[1] : "")
  return (value < 0 ? "−" : "") + whole
}

private func superscript(_ number: Int) -> String {
  let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
  return (number < 0 ? "⁻" : "")
    + String(String(abs(number)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
}

/// Digits in groups of three.
private func withCommas(_ text: String) -> String {
  var digits = text
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits = String(digits.dropLast(3))
  }
  return ([digits] + groups).joined(separator: ",")
}

/// A decimal fraction without the zeros at its end.
private func withoutZeros(_ text: String) -> String {
  var text = text
  guard text.contains(".") else { return text }
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}

private func withMinus(_ text: String) -> String {
  text.hasPrefix("-") ? "−" + text.dropFirst() : text
}

private func grouped(_ value: Double, digits count: Int) -> String {
  guard abs(value) < 1e15, value == value.rounded() else { return significant(value, count) }
  return (value < 0 ? "−" : "") + withCommas(String(Int(abs(value))))
}

private func scaled(_ bytes: Double, digits: Int) -> String {
  if abs(bytes) == 1 { return significant(bytes, 1) + " byte" }
  let units = ["bytes", "kB", "MB", "GB", "TB"]
  var (amount, unit) = (bytes, 0)
  while abs(amount) >= 1000, unit < units.count - 1 {
    amount /= 1000
    unit += 1
  }
  return significant(amount, unit == 0 ? max(4, digits) : digits) + " " + units[unit]
}

/// Three significant digits, or `digits - 1` where more than four are asked for.
private func duration(_ seconds: Double, digits: Int) -> String {
  let kept = digits > 4 ? digits - 1 : min(digits, 3)
  if seconds < 1e-3 { return significant(seconds * 1e6, kept) + " µs" }
  if seconds < 1 { return significant(seconds * 1000, kept) + " ms" }
  if seconds < 100 { return significant(seconds, kept) + " s" }
  if seconds >= 7200 { return significant(seconds / 3600, 3) + " h" }
  let whole = Int(seconds.rounded())
  return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
}
