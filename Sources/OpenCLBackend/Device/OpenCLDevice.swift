import COpenCL
import TensorCore

/// A device that some OpenCL driver offers, as it describes itself.
public struct OpenCLDevice {
  let id: cl_device_id
  let platform: cl_platform_id
  /// What `--device gpu:N` counts: real GPUs first.
  public internal(set) var number = 0
  public let name: String
  public let platformName: String
  /// Version of the driver and of the OpenCL that it speaks.
  public let driver: String
  /// Whether the driver calls it a GPU or another accelerator; PoCL's is the processor.
  public let isGPU: Bool
  public let memoryBytes: Int
  /// The largest single buffer.
  public let largestBufferBytes: Int
  /// What a group of work-items shares.
  public let localMemoryBytes: Int
  public let largestGroup: Int
  public let computeUnitCount: Int

  /// The name that a run is recorded under.
  public var label: String {
    isGPU ? name : "\(name) (a CPU through OpenCL, by \(platformName))"
  }

  init(_ id: cl_device_id, platform: cl_platform_id) {
    self.id = id
    self.platform = platform
    name = askedText(of: id, CL_DEVICE_NAME)
    platformName = askedText {
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
    }
    driver = askedText(of: id, CL_DRIVER_VERSION) + ", " + askedText(of: id, CL_DEVICE_VERSION)
    let type: cl_device_type = askedNumber(of: id, CL_DEVICE_TYPE, cl_device_type(0))
    isGPU = type & cl_device_type(CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR) != 0
    memoryBytes = Int(clamping: askedNumber(of: id, CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0)))
    largestBufferBytes = Int(
      clamping: askedNumber(of: id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0)))
    localMemoryBytes = Int(clamping: askedNumber(of: id, CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0)))
    largestGroup = askedNumber(of: id, CL_DEVICE_MAX_WORK_GROUP_SIZE, 0)
    computeUnitCount = Int(askedNumber(of: id, CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint(0)))
  }

  /// Every device of every driver, real GPUs first, numbered; empty where there is none.
  public static func all() -> [OpenCLDevice] {
    let found = platforms().flatMap { platform in
      devices(of: platform).map { OpenCLDevice($0, platform: platform) }
    }
    let ordered = found.filter(\.isGPU) + found.filter { !$0.isGPU }
    return ordered.enumerated().map { number, device in
      var device = device
      device.number = number
      return device
    }
  }

  /// The device that `asked` means: `gpu` the first, a real GPU where there is one; `gpu:N` by
  /// number; anything else by a part of its name, whatever the case of its letters.
  /// - Throws: `DeviceError.noSuchDevice`, with what there is.
  public static func chosen(by asked: String) throws(DeviceError) -> OpenCLDevice {
    let devices = all()
    let found: OpenCLDevice?
    if asked == "gpu" {
      found = devices.first
    } else if asked.hasPrefix("gpu:") {
      found = devices.first { "\($0.number)" == asked.dropFirst(4) }
    } else {
      found = devices.first { device in
        "\(device.name) \(device.platformName)".lowercased().contains(asked.lowercased())
      }
    }
    guard let found else {
      throw .noSuchDevice(
        asked: asked, found: devices.map { "gpu:\($0.number) \($0.label)" }, wayOut: wayOut)
    }
    return found
  }

  /// How to get a device where none is found.
  public static let wayOut =
    "A GPU needs the OpenCL driver of its maker; a machine without one can have "
    + "'sudo apt-get install pocl-opencl-icd', which runs OpenCL on the processor. "
    + "--device cpu needs neither."

  private static func platforms() -> [cl_platform_id] {
    var count: cl_uint = 0
    guard clGetPlatformIDs(0, nil, &count) == CL_SUCCESS, count > 0 else { return [] }
    var ids = [cl_platform_id?](repeating: nil, count: Int(count))
    guard clGetPlatformIDs(count, &ids, nil) == CL_SUCCESS else { return [] }
    return ids.compactMap { $0 }
  }

  private static func devices(of platform: cl_platform_id) -> [cl_device_id] {
    let type = cl_device_type(CL_DEVICE_TYPE_ALL)
    var count: cl_uint = 0
    guard clGetDeviceIDs(platform, type, 0, nil, &count) == CL_SUCCESS, count > 0 else { return [] }
    var ids = [cl_device_id?](repeating: nil, count: Int(count))
    guard clGetDeviceIDs(platform, type, count, &ids, nil) == CL_SUCCESS else { return [] }
    return ids.compactMap { $0 }
  }
}

private func askedNumber<Value: BitwiseCopyable>(
  of device: cl_device_id, _ name: Int32, _ zero: Value
) -> Value {
  var value = zero
  let status = clGetDeviceInfo(
    device, cl_device_info(name), MemoryLayout<Value>.size, &value, nil)
  return status == CL_SUCCESS ? value : zero
}

private func askedText(of device: cl_device_id, _ name: Int32) -> String {
  askedText { clGetDeviceInfo(device, cl_device_info(name), $0, $1, $2) }
}

/// A text that a driver tells in two calls: its size, then its bytes.
private func askedText(
  _ ask: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int
) -> String {
  var size = 0
  guard ask(0, nil, &size) == CL_SUCCESS, size > 0 else { return "" }
  var bytes = [UInt8](repeating: 0, count: size)
  guard ask(size, &bytes, nil) == CL_SUCCESS else { return "" }
  let words = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(separator: " ")
  return words.joined(separator: " ")
}
