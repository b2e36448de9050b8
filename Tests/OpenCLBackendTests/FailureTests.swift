import Foundation
import OpenCLBackend
import TensorCore
import Testing

extension OpenCLTests {
  /// A failure of the device is an error with its reason, and nothing is computed after it.
  @Suite struct Failures {
    private func device() throws -> OpenCLBackend {
      try OpenCLBackend(try #require(TestDevice.found))
    }

    @Test func outOfMemoryIsReportedOnceWithItsBytes() throws {
      let backend = try device()
      var errors: [DeviceError] = []
      backend.onFailure = { errors.append($0) }
      let before = backend.full(1, [1000], .workspace)
      let huge = backend.empty([1 << 40], .workspace)
      backend.fill(huge, with: 1)
      _ = backend.empty([1 << 41], .workspace)
      guard case .outOfMemory(let asked, let left, _)? = errors.first else {
        Issue.record("errors: \(errors)")
        return
      }
      #expect(errors.count == 1 && asked == 4 << 40)
      #expect(left == backend.device.memoryBytes - 4000)
      #expect(errors[0].description.contains("\(4 << 40) bytes; it has \(left ?? 0) left"))
      #expect(backend.read(before).allSatisfy { $0.isNaN }, "reads after a failure give NaN")
    }

    @Test func compileErrorShowsTheLogAndTheLine() throws {
      let backend = try device()
      let text = "__kernel void fine() {}\n__kernel void broken() { int x = nothing; }\n"
      let error = try #require(backend.buildFailure(of: text, named: "Broken.cl"))
      let words = error.description
      #expect(words.contains("cannot compile Broken.cl") && words.contains("nothing"))
      #expect(words.contains("Broken.cl, line 2: __kernel void broken()"))
    }

    /// NVIDIA's compiler does not read `#line`: it counts the lines of the whole source.
    @Test func aLineOfTheWholeSourceIsFound() {
      let texts = [("First.cl", "int one;\nint two;"), ("Second.cl", "int three;\n  int four;\n")]
      func explained(line: Int) -> [Substring] {
        OpenCLBackend.explained("<kernel>:\(line):9: error: no", texts: texts)
          .split(separator: "\n").dropFirst().map { $0 }
      }
      #expect(explained(line: 3) == ["First.cl, line 2: int two;"])
      #expect(explained(line: 5) == ["Second.cl, line 1: int three;"])
      #expect(explained(line: 6) == ["Second.cl, line 2: int four;"])
      #expect(explained(line: 4) == [] && explained(line: 99) == [])
    }

    @Test func unknownDeviceListsTheDevices() throws {
      let found = try #require(TestDevice.found)
      for name in ["abacus", "gpu:99", "gpu:-1"] {
        do {
          _ = try OpenCLDevice.chosen(by: name)
          Issue.record("'\(name)' was found")
        } catch {
          #expect(error.description.contains("There is no device '\(name)'"))
          #expect(error.description.contains(found.name))
        }
      }
      for name in ["gpu", "gpu:0", found.name.uppercased()] {
        let chosen = try OpenCLDevice.chosen(by: name)
        #expect(chosen.name == found.name)
      }
    }

    @Test func cpuThroughOpenCLIsLabeled() throws {
      let found = try #require(TestDevice.found)
      #expect(found.isGPU || found.label.contains("a CPU through OpenCL"))
    }

    @Test func compiledProgramsAreStored() throws {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("opencl-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      func sum() throws -> [Float] {
        let backend = try OpenCLBackend(try #require(TestDevice.found), cacheFolder: folder)
        let x = backend.full(1, [100], .workspace)
        backend.add(x, to: x)
        return backend.read(x)
      }
      let first = try sum()
      let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(kept.contains { $0.hasSuffix(".clbin") })
      // From disk, and from a file that is damaged: compiled again.
      let fromDisk = try sum()
      #expect(fromDisk == first)
      // A driver may crash on a truncated or changed program, so it never gets one.
      func damaged(_ whole: Data) -> [Data] {
        var flipped = whole
        for place in whole.count / 2..<min(whole.count, whole.count / 2 + 40) {
          flipped[place] ^= 0x5A
        }
        return [Data([1, 2, 3]), Data(), whole.prefix(whole.count * 2 / 3), flipped]
      }
      for kind in 0..<4 {
        for name in kept {
          let file = folder.appendingPathComponent(name)
          try damaged(try Data(contentsOf: file))[kind].write(to: file)
        }
        let compiledAgain = try sum()
        #expect(compiledAgain == first, "damage \(kind)")
      }
    }

    /// A file where the folder should be: everything is computed, and the backend says why nothing
    /// was stored.
    @Test func aFolderThatCannotBeWrittenIsTold() throws {
      let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("opencl-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: file) }
      try Data().write(to: file)
      let backend = try OpenCLBackend(try #require(TestDevice.found), cacheFolder: file)
      #expect(backend.cacheTrouble == nil)
      let x = backend.full(1, [100], .workspace)
      backend.add(x, to: x)
      #expect(backend.read(x) == [Float](repeating: 2, count: 100))
      let trouble = try #require(backend.cacheTrouble)
      #expect(trouble.contains("cannot be saved in \(file.path): ") && !trouble.contains("Domain"))
      #expect(try device().cacheTrouble == nil, "without a cache there is nothing to tell")
    }

    @Test func freedBuffersAreReusedAndNotMetered() throws {
      let backend = try device()
      var tensor: Tensor? = backend.full(1, [5000], .activations)
      #expect(backend.meter.current[.activations] == 20_000)
      tensor = nil
      #expect(backend.meter.current.totalBytes == 0)
      #expect(backend.idleBytes >= 20_000)
      tensor = backend.full(2, [5000], .activations)
      #expect(backend.idleBytes == 0)
      #expect(tensor.map { backend.read($0) } == [Float](repeating: 2, count: 5000))
    }
  }
}
