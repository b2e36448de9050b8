/// The memory of Float32 tensors on some device, freed when no tensor refers to it.
///
/// A backend subclasses it with its own handle. Every allocation and every free is reported to the
/// meter.
open class Storage {
  /// The number of elements.
  public let count: Int
  /// The purpose under which the meter counts these bytes.
  public let purpose: MemoryPurpose
  private let meter: MemoryMeter

  /// Bytes as the meter counts them: four per element.
  public var byteCount: Int { count * MemoryLayout<Float>.stride }

  public init(count: Int, purpose: MemoryPurpose, meter: MemoryMeter) {
    self.count = count
    self.purpose = purpose
    self.meter = meter
    meter.add(count * MemoryLayout<Float>.stride, purpose: purpose)
  }

  deinit {
    meter.remove(byteCount, purpose: purpose)
  }
}

/// Storage in main memory, aligned to 64 bytes; its contents are undefined until written.
public final class HostStorage: Storage {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Float>
  private let pool: BufferPool
  private let capacity: Int

  public init(count: Int, purpose: MemoryPurpose, meter: MemoryMeter, pool: BufferPool) {
    self.pool = pool
    (pointer, capacity) = pool.take(count)
    super.init(count: count, purpose: purpose, meter: meter)
  }

  deinit {
    pool.give(pointer, capacity: capacity)
  }
}
