import CostLesson
import TestSupport
import Testing

/// The bound of what is learned, and the pilots that it comes from.
@Suite struct BoundTests {
  @Test func boundsAreAsNarrowAsTheirPilotsSay() throws {
    try expectBoundsFromPilots(in: CostLesson.self, learnedClaims: 1, pilotCount: 18)
  }
}
