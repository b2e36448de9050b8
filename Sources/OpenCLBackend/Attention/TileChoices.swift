import Foundation
import SystemSupport
import TensorCore

/// The tile shape of each tiled kernel on a device, measured once and stored on disk.
///
/// A choice never changes within a process, because with another shape sums have another order.
final class TileChoices {
  private let device: OpenCLDevice
  private let file: URL?
  let measures: Bool
  private let candidates: [TileShape]
  private var chosen: [String: TileShape] = [:]
  private var kept: [String: TileShape]
  /// Why the choices could not be stored.
  private(set) var unsaved: SystemError?

  init(device: OpenCLDevice, cacheFolder: URL?, measures: Bool, candidates: [TileShape]) {
    self.device = device
    self.measures = measures
    self.candidates = candidates
    let texts = [
      PackageResources.TileItems_cl, PackageResources.AttentionTile_cl,
      PackageResources.ForwardAttention_cl, PackageResources.BackwardAttention_cl,
    ].map { ByteChecksum($0).description }
    let identity =
      "\(device.name), \(device.platformName), \(device.driver), \(candidates), \(texts)"
    file = cacheFolder?.appendingPathComponent(
      "tiles-" + ByteChecksum(Array(identity.utf8)).description + ".json")
    kept = file.map(Self.choices) ?? [:]
  }

  /// The choices on disk. If they are damaged, they are measured again.
  private static func choices(in file: URL) -> [String: TileShape] {
    let data = try? RegularFile.read(file, byteLimit: 1 << 20)
    return data.flatMap { try? JSONDecoder().decode([String: TileShape].self, from: $0) } ?? [:]
  }

  /// The shapes for which this device has enough local memory and work-items, largest first.
  func fitting(_ pass: AttentionPass, headDim: Int) -> [TileShape] {
    candidates.filter {
      $0.localBytes(pass, headDim: headDim) <= device.localMemoryBytes
        && $0.itemCount <= device.largestGroup
    }
  }

  /// The choice for a kernel and a head dimension; `measure` returns the seconds of one shape.
  /// - Throws: `unsupported` if not even the smallest tile fits.
  func shape(
    _ pass: AttentionPass, headDim: Int, measure: (TileShape) -> Double?
  ) throws(DeviceError) -> TileShape {
    let key = "\(pass.rawValue) \(TileShape.paddedDim(headDim))"
    if let known = chosen[key] { return known }
    let fitting = fitting(pass, headDim: headDim)
    guard let first = fitting.first else {
      throw .unsupported(
        operation: "\(pass.kernel) with heads of \(headDim)", device: device.label)
    }
    if !measures {
      chosen[key] = first
      return first
    }
    if let before = kept[key], fitting.contains(before) {
      chosen[key] = before
      return before
    }
    var timed: [(shape: TileShape, seconds: Double)] = []
    // Try the largest few. If the device rejects all of them, try smaller ones until it accepts
    // one.
    for (tried, shape) in fitting.enumerated() where tried < Self.triedCount || timed.isEmpty {
      if let seconds = measure(shape) { timed.append((shape, seconds)) }
    }
    guard let best = timed.min(by: { $0.seconds < $1.seconds })?.shape else {
      throw .unsupported(
        operation: "\(pass.kernel) with heads of \(headDim)", device: device.label)
    }
    chosen[key] = best
    kept[key] = best
    save()
    return best
  }

  private static let triedCount = 5

  /// If a choice cannot be stored, it is measured again next time. Choices that another process has
  /// stored meanwhile are kept.
  private func save() {
    guard let file else { return }
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let lock = try? FileLock.wait(forFolder: folder, atMost: 5)
      defer { withExtendedLifetime(lock) {} }
      kept.merge(Self.choices(in: file)) { own, _ in own }
      try AtomicFile.write(try JSONEncoder().encode(kept), to: file)
    } catch {
      unsaved = SystemError(error)
    }
  }
}
