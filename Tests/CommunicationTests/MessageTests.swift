import CPUBackend
import Communication
import Foundation
import TensorCore
import Testing

func idle(milliseconds: Int) { Thread.sleep(forTimeInterval: Double(milliseconds) / 1000) }

@Suite("Messages between two ranks", .timeLimit(.minutes(30)))
struct MessageTests {
  @Test("messages of one tag arrive in their order, tags do not mix")
  func order() throws {
    let found = try ThreadTransport.run(ranks: 2) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let tensors = (0..<4).map { backend.tensor([Float($0)], [1], .workspace) }
      if communicator.rank == 0 {
        for (index, tag) in [1, 2, 1, 2].enumerated() {
          communicator.send(tensors[index], to: 1, tag: tag)
        }
      } else {
        let transfers = [2, 1, 2, 1].enumerated().map {
          communicator.startReceive(into: tensors[$0], from: 0, tag: $1)
        }
        for transfer in transfers.reversed() { transfer.wait() }
      }
      return tensors.map { backend.read($0)[0] }
    }
    #expect(found[1] == [1, 0, 3, 2])
  }

  @Test("an exchange in a ring does not wait forever", arguments: 2...5)
  func exchange(ranks: Int) throws {
    let found = try ThreadTransport.run(ranks: ranks) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let own = backend.tensor([Float(communicator.rank)], [1], .workspace)
      let other = backend.empty([1], .workspace)
      communicator.exchange(
        own, to: communicator.neighbor(1), into: other, from: communicator.neighbor(-1))
      return (backend.read(other)[0], communicator.sentBytes)
    }
    for (rank, (received, bytes)) in found.enumerated() {
      #expect(received == Float((rank + ranks - 1) % ranks))
      #expect(bytes == [.pointToPoint: 4])
    }
  }

  @Test("a transfer that is not waited for waits when it goes away")
  func transferWaits() throws {
    let found = try ThreadTransport.run(ranks: 2) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let x = backend.tensor([Float(communicator.rank + 5)], [1], .workspace)
      if communicator.rank == 0 {
        idle(milliseconds: 50)
        communicator.send(x, to: 1)
      } else {
        do { _ = communicator.startReceive(into: x, from: 0) }
      }
      return backend.read(x)[0]
    }
    #expect(found == [5, 5])
  }

  @Test("a receive ends after its time, and a message of another size is an error")
  func failures() throws {
    let group = ThreadTransport.group(of: 2)
    var memory: [Float] = [0, 0]
    try memory.withUnsafeMutableBufferPointer { buffer in
      #expect(try !group[0].startReceive(into: buffer, from: 1, tag: 0).wait(atMost: 0.05))
      let late = try group[0].startReceive(into: buffer, from: 1, tag: 1)
      _ = try group[1].startSend(
        UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<1]), to: 0, tag: 1)
      #expect(throws: TransportError("1 elements were sent, where 2 were expected")) {
        try late.wait(atMost: 1)
      }
    }
  }

  @Test("the sentences of a lost rank name both, and what they did")
  func sentences() {
    let late = RankError.timedOut(
      rank: 1, peer: 0, isSend: false, seconds: 60, activity: "round 2 of 4 of the ring")
    #expect(
      late.description == """
        Rank 1 waited 60 s for rank 0 in round 2 of 4 of the ring. Rank 0 hangs, is much slower, or \
        cannot be reached. Look at its host, or allow more time with --time-out.
        """)
    let lost = RankError.failed(rank: 3, peer: 2, reason: "no route", activity: "the start")
    #expect("\(lost)".hasPrefix("Rank 3 lost rank 2 in the start: no route."))
  }
}
