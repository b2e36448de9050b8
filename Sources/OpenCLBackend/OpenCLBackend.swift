import COpenCL
import Foundation
import TensorCore

/// A GPU, of any maker, through OpenCL 1.2: kernels of our own, and CLBlast for matrix products.
///
/// One queue runs everything in order. Numbers cross to the device where they are written and back
/// where somebody reads them, and nowhere else; `read` waits, the rest only hands over work.
/// Every sum has a fixed order, so the same run on the same device with the same tile shapes gives the
/// same bits; the shapes are chosen once, by measurement, and kept.
///
/// Use it from one thread at a time.
///
/// Operations of a `Backend` do not throw, and the device may fail in the middle of one. The first
/// failure is kept in `failure` and handed to `onFailure`, which is expected to end the run there.
/// If it returns, everything after it does nothing, and `read` gives NaN: no number that was
/// computed after a failure can be taken for a result.
public final class OpenCLBackend: Backend, @unchecked Sendable {
  public let device: OpenCLDevice
  public let meter = MemoryMeter()
  /// The first thing that went wrong; nothing is computed after it.
  public private(set) var failure: DeviceError?
  /// Called once, with the first failure.
  public var onFailure: ((DeviceError) -> Void)?

  let context: cl_context
  let queue: cl_command_queue
  let shelf: DeviceBufferPool
  let programs: ProgramLibrary
  let tileChoices: TileChoices
  let cacheFolder: URL?
  /// Copies of host numbers that the queue may not have taken yet; freed when it has run dry.
  private var pendingCopies: [(UnsafeMutableRawPointer, bytes: Int)] = []
  private var pendingBytes = 0
  /// What CLBlast packs matrices into: grows, and is kept, outside the meter, as the CPU's library's.
  var packingSpace: (buffer: cl_mem, bytes: Int)?
  var recentPlans: [AttentionPlan] = []

  public var deviceName: String { device.label }
  public var threadCount: Int { 1 }
  public var isAsynchronous: Bool { true }

  /// - Parameters:
  ///   - device: from `OpenCLDevice.chosen(by:)`.
  ///   - cacheFolder: where compiled programs and chosen tile sizes are kept; nil for nowhere.
  ///   - measuresTiles: whether a device's tile sizes are chosen by measurement when they are first
  ///     needed. Without it, the first that fit are taken.
  /// - Throws: `DeviceError.failed` where the driver gives no context or no queue.
  public convenience init(
    _ device: OpenCLDevice, cacheFolder: URL? = nil, measuresTiles: Bool = false
  ) throws(DeviceError) {
    try self.init(
      device, cacheFolder: cacheFolder, measuresTiles, TileShape.candidates,
      isUnrolled: device.isGPU)
  }

  /// With one of the tile shapes alone, by its place among the candidates, so that a test can hold
  /// each of them; an operation that it does not fit fails as unsupported. `isUnrolled` compiles them
  /// as for a GPU.
  package convenience init(
    _ device: OpenCLDevice, onlyTile place: Int, isUnrolled: Bool = false
  ) throws(DeviceError) {
    try self.init(
      device, cacheFolder: nil, false, [TileShape.candidates[place]],
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
    shelf = DeviceBufferPool(context: context)
    programs = ProgramLibrary(
      device: device, context: context, cacheFolder: cacheFolder, isUnrolled: isUnrolled)
    tileChoices = TileChoices(
      device: device, cacheFolder: cacheFolder, measures: measuresTiles, candidates: tiles)
  }

  deinit {
    clFinish(queue)
    freePendingCopies()
    if let packingSpace { clReleaseMemObject(packingSpace.buffer) }
    clReleaseCommandQueue(queue)
    clReleaseContext(context)
  }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    let buffer = takeBuffer(bytes: shape.count * MemoryLayout<Float>.stride)
    return Tensor(
      shape: shape,
      storage: DeviceStorage(
        buffer, count: shape.count, purpose: purpose, meter: meter, shelf: shelf))
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

  /// Waits until everything handed over is done.
  public func finish() {
    guard failure == nil else { return }
    _ = check(clFinish(queue), "finishing", bytes: 0)
    freePendingCopies()
  }

  /// Bytes kept for reuse beside what the meter counts, and what products pack into.
  public var idleBytes: Int { shelf.idleBytes + (packingSpace?.bytes ?? 0) }

  // MARK: Buffers

  func buffer(of tensor: Tensor) -> cl_mem? {
    guard let storage = tensor.storage as? DeviceStorage else {
      preconditionFailure("tensor \(tensor.shape) does not lie on \(device.label)")
    }
    return storage.buffer
  }

  /// Nil, and a failure, where the device has not so much.
  func takeBuffer(bytes: Int) -> cl_mem? {
    guard failure == nil else { return nil }
    guard bytes <= bytesLeft else {
      fail(.outOfMemory(requestedBytes: bytes, leftBytes: bytesLeft, device: device.label))
      return nil
    }
    switch shelf.take(bytes) {
    case .success(let buffer): return buffer
    case .failure(let refusal):
      _ = check(refusal.status, "allocating", bytes: bytes)
      return nil
    }
  }

  /// What the device has beyond the tensors that live; other programs' memory is not known.
  private var bytesLeft: Int { max(0, device.memoryBytes - meter.current.totalBytes) }

  /// Whole numbers on the device, for one call.
  func list<Number>(_ numbers: [Number]) -> DeviceList {
    numbers.withUnsafeBytes { bytes in
      let buffer = takeBuffer(bytes: bytes.count)
      write(bytes, to: buffer, offset: 0)
      return DeviceList(buffer, byteCount: bytes.count, shelf: shelf)
    }
  }

  /// Hands a copy over without waiting: a blocking write would wait for all that is queued.
  private func write(_ bytes: UnsafeRawBufferPointer, to buffer: cl_mem?, offset: Int) {
    guard failure == nil, let buffer, let source = bytes.baseAddress, bytes.count > 0 else {
      return
    }
    if pendingBytes > 256 << 20 { finish() }
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

  /// Whether a call succeeded; where not, the failure is kept.
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
