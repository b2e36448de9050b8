import CPUBackend
import Foundation
import OpenCLBackend
import TensorCore
import TestSupport
import Testing

/// The device of the tests: a GPU where there is one, otherwise PoCL's CPU.
///
/// One device and one queue for all tests, which therefore run one after another.
enum TestDevice {
  static let found = OpenCLDevice.all().first

  private nonisolated(unsafe) static var shared: OpenCLBackend?

  /// The shared backend; a new one after a failure, so that one failure does not fail the other
  /// tests.
  static func backend() throws -> OpenCLBackend {
    if let shared, shared.failure == nil { return shared }
    let backend = try OpenCLBackend(try #require(found))
    backend.onFailure = { Issue.record($0) }
    shared = backend
    return backend
  }

  static let cpu = try? CPUBackend(threadCount: 2)

  static func processor() throws -> CPUBackend { try #require(cpu) }
}

/// All tests of this module, skipped with a reason where there is no device.
@Suite(
  .serialized,
  .needs("OpenCL device", "'make test' installs PoCL, which needs no GPU") {
    TestDevice.found != nil
  })
enum OpenCLTests {}

/// Runs the same kernels on the CPU and on the device and compares what they write: with every
/// tensor between canaries, and without canaries.
func expectSame(
  _ name: String, _ tolerance: Tolerance, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (any Backend) -> [Tensor]
) throws {
  let (cpu, device) = (try TestDevice.processor(), try TestDevice.backend())
  let expected = body(cpu).map(cpu.read)
  for found in Canaries.results(on: device, { body(device).map(device.read) }) {
    #expect(expected.count == found.value.count, sourceLocation: sourceLocation)
    for (index, (e, f)) in zip(expected, found.value).enumerated() {
      let gap = difference(f, e, tolerance)
      #expect(
        gap.isWithin, "\(name), result \(index), \(found.name): \(gap)",
        sourceLocation: sourceLocation)
    }
    #expect(found.damage == [], "\(name), \(found.name)", sourceLocation: sourceLocation)
  }
}

extension Backend {
  /// Random values of a shape, the same on every device for the same label.
  func random(_ label: String, _ extents: [Int], scale: Float = 1) -> Tensor {
    let shape = Shape(extents)
    return guarded(testValues(shape.count, label, scale: scale), shape, label)
  }

  /// A result full of NaN, which shows every element that a kernel does not write.
  func unwritten(_ extents: [Int]) -> Tensor {
    let shape = Shape(extents)
    return guarded([Float](repeating: .nan, count: shape.count), shape, "result \(shape)")
  }

  private func guarded(_ scalars: [Float], _ shape: Shape, _ name: String) -> Tensor {
    Canaries.current?.tensor(scalars, shape, name, on: self) ?? tensor(scalars, shape, .workspace)
  }
}
