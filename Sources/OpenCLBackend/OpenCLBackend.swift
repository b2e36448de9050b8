import COpenCL
import Foundation
import TensorCore

/// A backend for any GPU through OpenCL 1.2, with kernels of this package.
///
/// One queue runs all work in order. Kernels are asynchronous: they queue work and return. Only
/// `read`, `withElements` and `synchronize` wait, and only `read` and `write` copy tensors between
/// host and device. Every sum has a fixed order, so the same run on the same device with the same
/// tile shapes gives the same bits. The shapes are chosen once, by measurement, and stored.
///
/// Use it from one thread at a time.
///
/// Kernels do not throw, but the device may fail while one runs. The first failure is stored in
/// `failure` and passed to `onFailure`, which should end the run. If it returns, all later calls do
/// nothing and `read` returns NaN, so that no value computed after a failure looks like a result.
public final class OpenCLBackend: Backend, @unchecked Sendable {
  public let device: OpenCLDevice
  public let meter = MemoryMeter()
  /// The first failure; nothing is computed after it.
  public private(set) var failure: DeviceError?
  /// Called once, with the first failure.
  public var onFailure: ((DeviceError) -> Void)?

  let context: cl_context
  let queue: cl_command_queue
  let pool: DeviceBufferPool
  let programs: ProgramLibrary
  let tileChoices: TileChoices
  let cacheFolder: URL?
  /// Copies of host data that the queue may still read; freed when the queue is empty.
  private var pendingCopies: [(UnsafeMutableRawPointer, bytes: Int)] = []
  private var pendingBytes = 0
  /// Partial sums of a matrix product. It grows, is kept, and is not metered, like the packing
  /// buffers of the CPU's library.
  var productSpace: (buffer: cl_mem, bytes: Int)?
  var recentTileLists: [TileList] = []

  public var deviceName: String { device.label }
  public var threadCount: Int { 1 }
  public var isAsynchronous: Bool { true }

  /// - Parameters:
  ///   - device: from `OpenCLDevice.chosen(by:)`.
  ///   - cacheFolder: stores compiled programs and chosen tile shapes; nil stores nothing.
  ///   - measuresTiles: whether tile shapes are chosen by measurement when they are first needed.
  ///     Otherwise the first that fit are used.
  /// - Throws: `DeviceError.failed` if the driver gives no context or no queue.
  public convenience init(
    _ device: OpenCLDevice, cacheFolder: URL? = nil, measuresTiles: Bool = false
  ) throws(DeviceError) {
    try self.init(
      device, cacheFolder: cacheFolder, measuresTiles, TileShape.candidates,
      isUnrolled: device.isGPU)
  }

  /// With one tile shape only, by its index among the candidates, for tests. A kernel that it does
  /// not fit fails as unsupported. `isUnrolled` compiles as for a GPU.
  package convenience init(
    _ device: OpenCLDevice, onlyTile index: Int, isUnrolled: Bool = false
  ) throws(DeviceError) {
    try self.init(
      device, cacheFolder: nil, false, [TileShape.candidates[index]],
      isUnrolled: isUnrolled || device.isGPU)
  }

  /// Whether this device has the local memory for the tiled kernels at a head dimension.
  package func fitsTiles(headDim: Int) -> Bool {
    AttentionPass.allCases.allSatisfy { !tileChoices.fitting($0, headDim: headDim).isEmpty }
  }

  package static var tileCount: Int { TileShape.candidates.count }

  private init(
    _ device: OpenCLDevice, cacheFolder: URL?, _ measuresTiles: Bool, _ tiles: [TileShape],
    isUnrolled: Bool
  ) throws(DeviceError) {
    self.device = device
    var status: cl_int = CL_SUCCESS
    var id: cl_device_id? = device.id
    guard let context = clCreateContext(nil, 1, &id, nil, nil, &status) else {
      throw .failed(operation: "opening", code: statusName(status), device: device.label)
    }
    guard let queue = clCreateCommandQueue(context, device.id, 0, &status) else {
      clReleaseContext(context)
      throw .failed(operation: "opening", code: statusName(status), device: device.label)
    }
    self.context = context
    self.queue = queue
    self.cacheFolder = cacheFolder
    pool = DeviceBufferPool(context: context)
    programs = ProgramLibrary(
      device: device, context: context, cacheFolder: cacheFolder, isUnrolled: isUnrolled)
    tileChoices = TileChoices(
      device: device, cacheFolder: cacheFolder, measures: measuresTiles, candidates: tiles)
  }

  /// Why compiled programs or tile shapes could not be stored, in a sentence; nil if they could.
  package var cacheTrouble: String? {
    guard let cacheFolder, let reason = programs.unsaved ?? tileChoices.unsaved else { return nil }
    return
      "Compiled kernels cannot be saved in \(cacheFolder.path): \(reason). The next run compiles "
      + "them again."
  }

  deinit {
    clFinish(queue)
    freePendingCopies()
    if let productSpace { clReleaseMemObject(productSpace.buffer) }
    clReleaseCommandQueue(queue)
    clReleaseContext(context)
  }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    let buffer = takeBuffer(bytes: shape.count * MemoryLayout<Float>.stride)
    return Tensor(
      shape: shape,
      storage: DeviceStorage(
        buffer, count: shape.count, purpose: purpose, meter: meter, pool: pool))
  }

  public func write(_ scalars: [Float], to tensor: Tensor) {
    scalars.withUnsafeBytes { write($0, to: buffer(of: tensor), offset: tensor.offset * 4) }
  }

  public func read(_ tensor: Tensor) -> [Float] {
    var scalars = [Float](repeating: .nan, count: tensor.count)
    guard failure == nil, let buffer = buffer(of: tensor), tensor.count > 0 else { return scalars }
    let status = scalars.withUnsafeMutableBytes {
      clEnqueueReadBuffer(
        queue, buffer, cl_bool(CL_TRUE), tensor.offset * 4, $0.count, $0.baseAddress, 0, nil, nil)
    }
    freePendingCopies()
    guard check(status, "reading \(tensor.shape)", bytes: tensor.count * 4) else {
      return [Float](repeating: .nan, count: tensor.count)
    }
    return scalars
  }

  /// Waits until all queued work is done.
  public func synchronize() {
    guard failure == nil else { return }
    _ = check(clFinish(queue), "waiting for the queue", bytes: 0)
    freePendingCopies()
  }

  /// Bytes that the meter does not count: buffers kept for reuse, and the partial sums of products.
  public var idleBytes: Int { pool.idleBytes + (productSpace?.bytes ?? 0) }

  // MARK: Buffers

  func buffer(of tensor: Tensor) -> cl_mem? {
    guard let storage = tensor.storage as? DeviceStorage else {
      preconditionFailure("tensor \(tensor.shape) is not on \(device.label)")
    }
    return storage.buffer
  }

  /// A new or reused buffer; nil, and a failure, if the device does not have the memory.
  func takeBuffer(bytes: Int) -> cl_mem? {
    guard failure == nil else { return nil }
    guard bytes <= bytesLeft else {
      fail(.outOfMemory(requestedBytes: bytes, leftBytes: bytesLeft, device: device.label))
      return nil
    }
    switch pool.take(bytes) {
    case .success(let buffer): return buffer
    case .failure(let refusal):
      _ = check(refusal.status, "allocating", bytes: bytes)
      return nil
    }
  }

  /// The device's memory minus live tensors; the memory of other programs is not known.
  private var bytesLeft: Int { max(0, device.memoryBytes - meter.current.totalBytes) }

  /// A list on the device, for one call.
  func list<Element>(_ elements: [Element]) -> DeviceList {
    elements.withUnsafeBytes { bytes in
      let buffer = takeBuffer(bytes: bytes.count)
      write(bytes, to: buffer, offset: 0)
      return DeviceList(buffer, byteCount: bytes.count, pool: pool)
    }
  }

  /// Queues a write from a copy: a blocking write would wait for all queued work.
  private func write(_ bytes: UnsafeRawBufferPointer, to buffer: cl_mem?, offset: Int) {
    guard failure == nil, let buffer, let source = bytes.baseAddress, bytes.count > 0 else {
      return
    }
    if pendingBytes > 256 << 20 { synchronize() }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyMemory(from: source, byteCount: bytes.count)
    pendingCopies.append((copy, bytes.count))
    pendingBytes += bytes.count
    let status = clEnqueueWriteBuffer(
      queue, buffer, cl_bool(CL_FALSE), offset, bytes.count, copy, 0, nil, nil)
    _ = check(status, "writing", bytes: bytes.count)
  }

  private func freePendingCopies() {
    for (copy, _) in pendingCopies { copy.deallocate() }
    pendingCopies = []
    pendingBytes = 0
  }

  // MARK: Failures

  /// Whether a call succeeded; if not, stores the failure.
  func check(_ status: cl_int, _ operation: @autoclosure () -> String, bytes: Int) -> Bool {
    switch status {
    case CL_SUCCESS: return true
    case CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_INVALID_BUFFER_SIZE, CL_OUT_OF_HOST_MEMORY:
      fail(.outOfMemory(requestedBytes: bytes, leftBytes: bytesLeft, device: device.label))
    default:
      fail(.failed(operation: operation(), code: statusName(status), device: device.label))
    }
    return false
  }

  func fail(_ error: DeviceError) {
    guard failure == nil else { return }
    failure = error
    onFailure?(error)
  }
}
