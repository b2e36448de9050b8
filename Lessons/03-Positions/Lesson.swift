import Foundation
import LessonKit

/// A stand-in until the lesson arrives: it lets the command line be tested.
public struct Positions: Lesson {
  public static let card = LessonCard(
    number: 3, slug: "positions", title: "Positions",
    question:
      "Why can one model read far past the length it was trained on, and another not?",
    builds: "five ways to tell a model where a token stands", standardSeconds: 240)

  public init() {}

  public func teach(_ page: Notebook) throws {
    page.say("A stand-in.")
    let total = page.scale.pick(smoke: 2, standard: 400, full: 400)
    page.step("Count") {
      for done in 0..<total {
        Thread.sleep(forTimeInterval: 0.05)
        page.progress(done: done, total: total, detail: "loss 2.13")
      }
    }
    page.claim("Counting comes to an end", 1, equals: 1, from: .smoke)
  }
}
