import LessonKit
import Testing

@Suite struct PowerLawTests {
  @Test func aPowerLawIsFound() throws {
    let x = [2.0, 3, 8, 100]
    let law = try #require(PowerLaw(x, x.map { 5 * $0 * $0 }))
    #expect(abs(law.exponent - 2) < 1e-9 && abs(law.factor - 5) < 1e-9)
    #expect(abs(law(10) - 500) < 1e-6)
  }

  @Test func noiseDoesNotHideTheExponent() throws {
    let law = try #require(PowerLaw([512, 1024, 2048, 4096], [3, 6.3, 11.5, 24.2]))
    #expect(abs(law.exponent - 1) < 0.05)
  }

  @Test func thereIsNoFitWithoutTwoPositivePoints() {
    #expect(PowerLaw([1], [1]) == nil)
    #expect(PowerLaw([3, 3], [1, 2]) == nil)
    #expect(PowerLaw([1, 2], [0, 2]) == nil)
  }
}
