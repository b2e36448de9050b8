import PositionsLesson
import TestSupport
import Testing

/// The bounds of what is learned, and the pilots that they come from.
@Suite struct BoundTests {
  @Test func boundsAreAsNarrowAsTheirPilotsSay() throws {
    try expectBoundsFromPilots(in: PositionsLesson.self, learnedClaims: 17, pilotCount: 6)
  }
}
