import Foundation

/// How long the threads of this process have waited for a processor so far, while other programs
/// used it.
///
/// Linux counts it (`/proc/self/task/*/schedstat`). Where it is not counted, nothing has waited.
public struct ProcessorWait: Equatable, Sendable {
  /// Seconds of each thread, by its number.
  package let seconds: [String: Double]

  /// - Complexity: reads one small file for each thread.
  public static var now: ProcessorWait {
    let tasks = "/proc/self/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return ProcessorWait(
      schedstat: threads.reduce(into: [:]) {
        $0[$1] = try? String(contentsOfFile: "\(tasks)/\($1)/schedstat", encoding: .utf8)
      })
  }

  /// - Parameter schedstat: The text of each thread's file: nanoseconds on a processor, nanoseconds
  ///   of waiting for one, and a count.
  package init(schedstat: [String: String]) {
    seconds = schedstat.compactMapValues { text in
      let fields = text.split(separator: " ")
      return fields.count > 1 ? Double(fields[1]).map { $0 * 1e-9 } : nil
    }
  }

  /// The seconds that one thread waited since an earlier moment: of all threads, the longest.
  public func longest(since earlier: ProcessorWait) -> Double {
    seconds.map { $1 - earlier.seconds[$0, default: 0] }.max().map { max(0, $0) } ?? 0
  }
}
