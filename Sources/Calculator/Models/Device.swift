/// A device, with the values of its data sheet.
public struct Device: Equatable, Sendable {
  public var name: String
  /// Memory in bytes as on the data sheet, in units of 10⁹: an "80 GB" card counts as 80 · 10⁹
  /// bytes, though it may have a little more.
  public var bytes: Double
  /// Memory bandwidth.
  public var bytesPerSecond: Double
  /// Peak FLOP/s of dense matrix products: 16-bit inputs with 32-bit sums, or 32-bit for a CPU.
  public var flopsPerSecond: Double
  public var source: String

  public init(
    name: String, bytes: Double, bytesPerSecond: Double, flopsPerSecond: Double,
    source: String
  ) {
    self.name = name
    self.bytes = bytes
    self.bytesPerSecond = bytesPerSecond
    self.flopsPerSecond = flopsPerSecond
    self.source = source
  }

  /// Known devices, with the source of their values.
  public static let known: [Device] = [
    Device(
      name: "A100 40 GB", bytes: 40e9, bytesPerSecond: 1.555e12, flopsPerSecond: 312e12,
      source: "NVIDIA A100 data sheet"),
    Device(
      name: "A100 80 GB", bytes: 80e9, bytesPerSecond: 2.039e12, flopsPerSecond: 312e12,
      source: "NVIDIA A100 data sheet, SXM"),
    Device(
      name: "H100", bytes: 80e9, bytesPerSecond: 3.35e12, flopsPerSecond: 989.4e12,
      source: "NVIDIA H100 data sheet, SXM, without sparsity"),
    Device(
      name: "H200", bytes: 141e9, bytesPerSecond: 4.8e12, flopsPerSecond: 989.4e12,
      source: "NVIDIA H200 data sheet, SXM, without sparsity"),
    Device(
      name: "RTX 4090", bytes: 24e9, bytesPerSecond: 1.008e12, flopsPerSecond: 165.2e12,
      source: "NVIDIA Ada architecture white paper, appendix A"),
  ]

  /// The device with this name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws(UnknownName) -> Device {
    let wanted = ModelShape.plain(name)
    if let found = known.first(where: { ModelShape.plain($0.name) == wanted }) { return found }
    // A part of a name, such as "4090", if it fits one device only.
    let fitting = known.filter { ModelShape.plain($0.name).contains(wanted) }
    if !wanted.isEmpty, fitting.count == 1 { return fitting[0] }
    throw UnknownName(
      kind: "device", name: name, known: known.map(\.name) + ["here"],
      fitting: wanted.isEmpty ? [] : fitting.map(\.name))
  }
}
