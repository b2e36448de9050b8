import Testing
import lab

/// The expected time of lessons without an earlier run.
@Suite struct TimeBudgetTests {
  private let cards = course.cards

  @Test func theCardsAreForAMachineOfSlownessOne() {
    let budget = TimeBudget(slowness: 1)
    for card in cards {
      #expect(budget.expectedSeconds(of: card, at: .standard) == Double(card.standardSeconds))
      #expect(budget.expectedSeconds(of: card, at: .smoke) < 1)
    }
    #expect(abs(TimeBudget(slowness: 2).expectedSeconds(of: cards, at: .smoke) - 12) < 1e-9)
  }

  @Test func otherProgramsAreNamedOnlyIfTheyCount() {
    #expect(!TimeBudget(slowness: 1).isBusy)
    #expect(!TimeBudget(slowness: 1, busySlowness: 1.2).isBusy)
    #expect(TimeBudget(slowness: 1, busySlowness: 2).isBusy)
    // A shorter time beside other programs than without them is an error of measurement.
    #expect(TimeBudget(slowness: 2, busySlowness: 1).busySlowness == 2)
  }
}
