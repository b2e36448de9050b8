/// One value for each case of an enum: results that are looked up by name, never by position.
///
///     let curves = Keyed<Scheme, Curve> { scheme in read(with: scheme) }
///     curves[.alibi].last
///
/// A look-up never fails, since every case has its value. Iteration follows `Key.allCases`.
public struct Keyed<Key: CaseIterable & Hashable, Value> {
  private var values: [Key: Value]

  /// Makes the values in the order of `Key.allCases`.
  public init(_ make: (Key) throws -> Value) rethrows {
    values = [:]
    for key in Key.allCases { values[key] = try make(key) }
  }

  public subscript(key: Key) -> Value {
    get {
      guard let value = values[key] else {
        preconditionFailure("keyed: \(Key.self).allCases leaves out \(key)")
      }
      return value
    }
    set { values[key] = newValue }
  }

  /// Keys with their values, in the order of `Key.allCases`.
  public var pairs: [(key: Key, value: Value)] { Key.allCases.map { ($0, self[$0]) } }

  public func map<Result>(_ body: (Key, Value) throws -> Result) rethrows -> [Result] {
    try pairs.map { try body($0.key, $0.value) }
  }

  /// The same keys with other values.
  public func mapValues<Result>(
    _ body: (Key, Value) throws -> Result
  ) rethrows -> Keyed<Key, Result> {
    try Keyed<Key, Result> { try body($0, self[$0]) }
  }
}

extension Keyed: Sendable where Key: Sendable, Value: Sendable {}
extension Keyed: Equatable where Value: Equatable {}

/// Encoded by the raw value of each key, so that the order of cases does not matter to a file.
extension Keyed: Codable where Key: RawRepresentable, Key.RawValue == String, Value: Codable {
  public init(from decoder: any Decoder) throws {
    let named = try [String: Value](from: decoder)
    try self.init { key in
      guard let value = named[key.rawValue] else {
        throw DecodingError.valueNotFound(
          Value.self,
          DecodingError.Context(
            codingPath: decoder.codingPath, debugDescription: "no value for '\(key.rawValue)'"))
      }
      return value
    }
  }

  public func encode(to encoder: any Encoder) throws {
    try Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.rawValue, $0.value) })
      .encode(to: encoder)
  }
}
