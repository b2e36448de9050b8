import COpenCL
import TensorCore

/// An argument of a kernel, in the order of its parameters.
enum Argument {
  /// A buffer and the index of the first element in it: two parameters, `x` and `xAt`.
  case tensor(Tensor)
  /// The same, or a null pointer and 0.
  case optional(Tensor?)
  /// A buffer and the index 0.
  case buffer(cl_mem?)
  /// A buffer, and offset, batch, head and token stride as `long4`: two parameters.
  case view(HeadView)
  /// A list; nil is a null pointer.
  case list(DeviceList?)
  case integer(Int)
  case float(Float)
  case problem(KernelProblem)
}

extension OpenCLBackend {
  /// Queues one kernel: `groups` groups of `items` work-items along the first axis, repeated
  /// `times` times along the second.
  func run(
    _ name: String, of texts: [ProgramText], groups: Int, times: Int = 1, items: Int,
    _ arguments: [Argument]
  ) {
    guard failure == nil, groups > 0, times > 0 else { return }
    let kernel: cl_kernel
    do throws(DeviceError) {
      kernel = try programs.kernel(name, of: texts)
    } catch {
      return fail(error)
    }
    var setter = ArgumentSetter(kernel: kernel)
    for argument in arguments { set(argument, &setter) }
    guard check(setter.status, "\(name), parameter \(setter.index - 1)", bytes: 0) else { return }
    let (global, local) = ([groups * items, times], [items, 1])
    let status = clEnqueueNDRangeKernel(queue, kernel, 2, nil, global, local, 0, nil, nil)
    _ = check(status, name, bytes: bytesUsed(arguments))
  }

  /// Queues one kernel with a work-item for each of `count` elements. The last group may have more;
  /// the kernel ignores them.
  func runElements(
    _ name: String, of text: ProgramText, withReduction: Bool = false, count: Int,
    _ arguments: [Argument]
  ) {
    let items = min(256, device.largestGroup)
    run(
      name, of: (withReduction ? [.reduction] : []) + [text], groups: (count + items - 1) / items,
      items: items, arguments)
  }

  private func set(_ argument: Argument, _ setter: inout ArgumentSetter) {
    switch argument {
    case .tensor(let tensor):
      setter.set(buffer(of: tensor))
      setter.set(Int64(tensor.offset))
    case .optional(let tensor):
      setter.set(tensor.flatMap { buffer(of: $0) })
      setter.set(Int64(tensor?.offset ?? 0))
    case .buffer(let buffer):
      setter.set(buffer)
      setter.set(Int64(0))
    case .view(let view):
      setter.set(buffer(of: view.tensor))
      setter.set(
        SIMD4<Int64>(
          Int64(view.tensor.offset + view.offset), Int64(view.batchStride), Int64(view.headStride),
          Int64(view.seqStride)))
    case .list(let list): setter.set(list?.buffer)
    case .integer(let value): setter.set(Int32(value))
    case .float(let value): setter.set(value)
    case .problem(let problem): setter.set(problem)
    }
  }

  private func bytesUsed(_ arguments: [Argument]) -> Int {
    arguments.reduce(0) { sum, argument in
      switch argument {
      case .tensor(let tensor), .optional(.some(let tensor)): sum + tensor.count * 4
      case .view(let view): sum + view.tensor.count * 4
      default: sum
      }
    }
  }
}

/// Sets one parameter after another and keeps the first error.
private struct ArgumentSetter {
  let kernel: cl_kernel
  var index: cl_uint = 0
  var status: cl_int = CL_SUCCESS

  mutating func set<Value: BitwiseCopyable>(_ value: Value) {
    guard status == CL_SUCCESS else { return }
    var value = value
    status = clSetKernelArg(kernel, index, MemoryLayout<Value>.stride, &value)
    index += 1
  }
}
