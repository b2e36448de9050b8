import COpenCL
import SystemSupport
import TensorCore

/// An OpenCL device, as its driver describes it.
public struct OpenCLDevice {
  let id: cl_device_id
  let platform: cl_platform_id
  /// The N of `--device gpu:N`; GPUs come first.
  public internal(set) var number = 0
  public let name: String
  public let platformName: String
  /// Version of the driver and of its OpenCL.
  public let driver: String
  /// Whether the driver reports a GPU or another accelerator; PoCL reports the CPU.
  public let isGPU: Bool
  public let memoryBytes: Int
  /// The largest single buffer.
  public let largestBufferBytes: Int
  /// Local memory of a group of work-items.
  public let localMemoryBytes: Int
  /// The most work-items in a group.
  public let largestGroup: Int
  public let computeUnitCount: Int

  /// The name in records and messages.
  public var label: String {
    isGPU ? name : "\(name) (a CPU through OpenCL, by \(platformName))"
  }

  init(_ id: cl_device_id, platform: cl_platform_id) {
    self.id = id
    self.platform = platform
    name = deviceText(of: id, CL_DEVICE_NAME)
    platformName = deviceText {
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
    }
    driver = deviceText(of: id, CL_DRIVER_VERSION) + ", " + deviceText(of: id, CL_DEVICE_VERSION)
    let type: cl_device_type = deviceNumber(of: id, CL_DEVICE_TYPE, cl_device_type(0))
    isGPU = type & cl_device_type(CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR) != 0
    memoryBytes = Int(clamping: deviceNumber(of: id, CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0)))
    largestBufferBytes = Int(
      clamping: deviceNumber(of: id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0)))
    localMemoryBytes = Int(clamping: deviceNumber(of: id, CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0)))
    largestGroup = deviceNumber(of: id, CL_DEVICE_MAX_WORK_GROUP_SIZE, 0)
    computeUnitCount = Int(deviceNumber(of: id, CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint(0)))
  }

  /// Every device of every driver, GPUs first, numbered; empty if there is none.
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

  /// The device for an argument of `--device`: `gpu` is the first one, a GPU if there is any;
  /// `gpu:N` is number N; anything else is a part of a device's name, in any case.
  /// - Throws: `DeviceError.noSuchDevice`, with the devices that exist.
  public static func chosen(by name: String) throws(DeviceError) -> OpenCLDevice {
    let devices = all()
    let found: OpenCLDevice?
    if name == "gpu" {
      found = devices.first
    } else if name.hasPrefix("gpu:") {
      found = devices.first { "\($0.number)" == name.dropFirst(4) }
    } else {
      found = devices.first { device in
        "\(device.name) \(device.platformName)".lowercased().contains(name.lowercased())
      }
    }
    guard let found else {
      throw .noSuchDevice(
        name: name, devices: devices.map { "gpu:\($0.number) \($0.label)" }, advice: advice)
    }
    return found
  }

  /// How to get a device if none is found.
  public static let advice =
    "A GPU needs its manufacturer's OpenCL driver, for instance the package nvidia-opencl-icd, "
    + "intel-opencl-icd or mesa-opencl-icd. On a machine without a GPU, "
    + "'sudo apt-get install pocl-opencl-icd' installs OpenCL for the CPU. "
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

private func deviceNumber<Value: BitwiseCopyable>(
  of device: cl_device_id, _ name: Int32, _ zero: Value
) -> Value {
  var value = zero
  let status = clGetDeviceInfo(
    device, cl_device_info(name), MemoryLayout<Value>.size, &value, nil)
  return status == CL_SUCCESS ? value : zero
}

private func deviceText(of device: cl_device_id, _ name: Int32) -> String {
  deviceText { clGetDeviceInfo(device, cl_device_info(name), $0, $1, $2) }
}

/// A text that a driver returns in two calls: its size, then its bytes. Control characters are shown
/// by their numbers.
private func deviceText(
  _ ask: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int
) -> String {
  var size = 0
  guard ask(0, nil, &size) == CL_SUCCESS, size > 0 else { return "" }
  var bytes = [UInt8](repeating: 0, count: size)
  guard ask(size, &bytes, nil) == CL_SUCCESS else { return "" }
  let words = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(separator: " ")
  return words.joined(separator: " ").terminalLine
}
