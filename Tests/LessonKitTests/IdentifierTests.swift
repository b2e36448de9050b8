import LessonKit
import Testing

/// Identifiers of steps, claims and measurements.
@Suite struct IdentifierTests {
  @Test func aValidIdentifier() {
    #expect(identifierProblem("loss-2", for: "Loss", among: ["loss-1": "Loss"]) == nil)
  }

  @Test(arguments: ["", "Loss", "the loss", "loss-", "loss--2", "größe"])
  func aMalformedIdentifier(id: String) {
    let problem = identifierProblem(id, for: "The loss", among: [:]) ?? ""
    #expect(problem.contains("'\(id)'") && problem.contains("'The loss'"), "\(problem)")
  }

  @Test func aDuplicateNamesBoth() {
    let problem = identifierProblem("loss", for: "Second", among: ["loss": "First"]) ?? ""
    for part in ["'loss'", "'First'", "'Second'"] { #expect(problem.contains(part), "\(problem)") }
  }
}
