import CPUBackend
import Foundation
import OpenCLBackend
import TensorCore
import TestSupport
import Testing
import lab

/// What `lab doctor --device` and `lab run --device both` compare, on a device with a wrong kernel.
@Suite struct DeviceAgreementTests {
  /// Every kernel that writes a tensor in the three models that are compared.
  static let kernels: [AlteredBackend.Kernel] = [
    .multiply, .attention, .attentionBackward, .fillRows, .sumRows, .scatterAddRows, .layerNorm,
    .layerNormBackward, .rmsNorm, .rmsNormBackward, .gelu, .swiGLU, .swiGLUBackward, .rotate,
    .embed,
    .crossEntropy, .adamW,
  ]

  @Test func aDeviceThatComputesTheSameAgrees() throws {
    let (first, second) = (try CPUBackend(threadCount: 1), try CPUBackend(threadCount: 2))
    let comparisons = DeviceAgreement.compare(first, AlteredBackend(second))
    #expect(comparisons.map(\.agrees) == [true, true, true])
  }

  /// A tenth of a percent is enough, in any kernel.
  @Test(arguments: kernels)
  func aWrongKernelIsFound(kernel: AlteredBackend.Kernel) throws {
    let right = try CPUBackend(threadCount: 1)
    var calls = 0
    let wrong = AlteredBackend(right) { called, written in
      guard called == kernel else { return }
      calls += 1
      for tensor in written { right.scale(tensor, by: 1.001) }
    }
    let comparisons = DeviceAgreement.compare(right, wrong)
    #expect(calls > 0, "\(kernel) does not run")
    let agrees = comparisons.allSatisfy(\.agrees)
    #expect(!agrees, "a wrong \(kernel) was not found")
  }

  @Test func notANumberNeverAgrees() throws {
    let right = try CPUBackend(threadCount: 1)
    let wrong = AlteredBackend(right) { kernel, written in
      if kernel == .embed { right.fill(written[0], with: .nan) }
    }
    #expect(DeviceAgreement.compare(right, wrong).map(\.agrees) == [false, false, false])
  }
}

/// The same through the command line: a sign per model, and exit code 1.
@Suite(
  .serialized,
  .needs("OpenCL device", "'make test' installs PoCL") { !OpenCLDevice.all().isEmpty },
  .needs("C compiler") { CCompiler.url != nil },
  .enabled(if: FaultyDevice.canBePreloaded, "LD_PRELOAD is Linux's"))
struct WrongDeviceTests {
  @Test func doctorFails() throws {
    let lab = try LabProcess()
    let device = try FaultyDevice(in: lab.folder)
    let right = try lab.run("doctor", "--device", "gpu", environment: device.wrong(by: 1))
    #expect(right.status == 0, "\(right.out)")
    #expect(right.out.split(separator: "\n").filter { $0.hasPrefix("✓") }.count == 3)
    let wrong = try lab.run("doctor", "--device", "gpu", environment: device.wrong(by: 1.001))
    #expect(wrong.status == 1)
    #expect(wrong.out.split(separator: "\n").filter { $0.hasPrefix("✗") }.count == 3)
  }

  @Test func runOnBothFails() throws {
    for (factor, status, sign) in [(1, Int32(0), "✓"), (1.001, 1, "✗")] {
      let lab = try LabProcess()
      let device = try FaultyDevice(in: lab.folder)
      let answer = try lab.run(
        "run", "recomputation", "--scale", "smoke", "--device", "both",
        environment: device.wrong(by: factor))
      #expect(answer.status == status, "\(answer.err)")
      #expect(answer.out.contains("\(sign) GPT, largest relative difference"))
    }
  }
}
