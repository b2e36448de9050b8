import Foundation
import LessonKit
import Testing

@Suite struct KeyedTests {
  private enum Part: String, CaseIterable { case first, second, third }

  @Test func valuesAreFoundByKeyWhateverTheOrder() {
    let all = Keyed<Part, String> { $0.rawValue }
    let some = Keyed([Part.third, .first]) { $0.rawValue }
    #expect(all.keys == Part.allCases)
    #expect(some.keys == [.third, .first])
    #expect(all[.third] == some[.third])
    #expect(some.map { "\($0): \($1)" } == ["third: third", "first: first"])
    #expect(some.mapValues { $1.count }[.first] == 5)
  }

  @Test func decodingReturnsKeysAndOrder() throws {
    let values = Keyed([Part.third, .first]) { $0.rawValue.count }
    let data = try JSONEncoder().encode(values)
    #expect(try JSONDecoder().decode(Keyed<Part, Int>.self, from: data) == values)
  }

  @Test func anUnknownKeyIsNotDecoded() {
    let data = Data(#"[{"key": "fourth", "value": 1}]"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Keyed<Part, Int>.self, from: data)
    }
  }
}
