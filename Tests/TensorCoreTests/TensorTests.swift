import TensorCore
import Testing

@Suite struct TensorTests {
  private func tensor(_ shape: Shape) -> Tensor {
    let storage = HostStorage(
      count: shape.count, purpose: .workspace, meter: MemoryMeter(), pool: BufferPool())
    for i in 0..<shape.count { storage.pointer[i] = Float(i) }
    return Tensor(shape: shape, storage: storage)
  }

  @Test func shapesCount() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.count == 24)
    #expect(shape.rowCount == 6)
    #expect(shape.lastExtent == 4)
    #expect(shape.replacingLast(with: 7) == [2, 3, 7])
    #expect(Shape([]).count == 1)
    #expect("\(shape)" == "[2, 3, 4]")
  }

  @Test func sliceHasTheRightElements() {
    let slice = tensor([4, 3]).slice(1..<3)
    #expect(slice.shape == [2, 3])
    #expect(slice.hostPointer[0] == 3)
    #expect(slice.hostPointer[5] == 8)
  }

  @Test func reshapingKeepsTheElements() {
    let reshaped = tensor([4, 3]).slice(2..<4).reshaped([6])
    #expect(reshaped.shape == [6])
    #expect(reshaped.hostPointer[0] == 6)
  }

  @Test func uniqueReferenceIsDetected() {
    var kept: [Tensor] = [tensor([2])]
    let alone = kept[0].isUniquelyReferenced()
    kept.append(kept[0])
    let shared = !kept[0].isUniquelyReferenced()
    #expect(alone, "no other tensor shares the storage")
    #expect(shared, "the second entry shares the storage")
  }
}
