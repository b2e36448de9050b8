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

  /// The same parts after somebody added one in the middle.
  private enum MoreParts: String, CaseIterable { case first, added, second, third }
  /// The same parts in another order.
  private enum Reordered: String, CaseIterable { case third, first, second }

  /// So a sentence that names a part never describes another part.
  @Test func aCaseAddedInTheMiddleChangesNoOtherValue() throws {
    let before = Keyed<Part, String> { "value of \($0)" }
    let after = Keyed<MoreParts, String> { "value of \($0)" }
    for part in Part.allCases {
      let same = try #require(MoreParts(rawValue: part.rawValue))
      #expect(after[same] == before[part])
    }
  }

  @Test func theOrderOfCasesDoesNotMatterToAFile() throws {
    let values = Keyed<Part, Int> { $0.rawValue.count }
    let data = try JSONEncoder().encode(values)
    let reordered = try JSONDecoder().decode(Keyed<Reordered, Int>.self, from: data)
    let more = try JSONDecoder().decode(Keyed<MoreParts, Int>.self, from: data)
    for part in Part.allCases {
      #expect(Reordered(rawValue: part.rawValue).map { reordered[$0] } == values[part])
      #expect(MoreParts(rawValue: part.rawValue).map { more[$0] } == values[part])
    }
  }
}
