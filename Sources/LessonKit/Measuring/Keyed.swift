/// A dictionary with one value for each key, usually for each case of an enum. Results are looked
/// up by name, not by position.
///
///     let curves = Keyed<Scheme, Curve> { scheme in evaluate(models[scheme]) }
///     curves[.alibi].last
///
/// Iteration follows the order of `keys`.
public struct Keyed<Key: Hashable, Value> {
  /// Every key once, in the order in which the page shows them.
  public let keys: [Key]
  private var values: [Key: Value] = [:]

  /// Makes one value per key, in the order of the keys.
  /// - Precondition: `keys` has no duplicates.
  public init(_ keys: [Key], _ make: (Key) throws -> Value) rethrows {
    self.keys = keys
    for key in keys { values[key] = try make(key) }
    precondition(values.count == keys.count, "keyed: duplicate key in \(keys)")
  }

  /// Makes one value per case, in the order of `Key.allCases`. A lookup then never fails.
  public init(_ make: (Key) throws -> Value) rethrows where Key: CaseIterable {
    try self.init(Array(Key.allCases), make)
  }

  /// Makes values in the order of the keys and leaves out the keys for which `make` gives nil.
  public init(compacting keys: [Key], _ make: (Key) throws -> Value?) rethrows {
    var found: [Key: Value] = [:]
    for key in keys { found[key] = try make(key) }
    self.keys = keys.filter { found[$0] != nil }
    values = found
  }

  /// - Precondition: the key is one of `keys`.
  public subscript(key: Key) -> Value {
    get {
      guard let value = values[key] else {
        preconditionFailure("keyed: no value for \(key), only for \(keys)")
      }
      return value
    }
    set {
      precondition(values[key] != nil, "keyed: no value for \(key), only for \(keys)")
      values[key] = newValue
    }
  }

  /// Keys with their values, in the order of `keys`.
  public var pairs: [(key: Key, value: Value)] { keys.map { ($0, self[$0]) } }

  public func map<Result>(_ body: (Key, Value) throws -> Result) rethrows -> [Result] {
    try pairs.map { try body($0.key, $0.value) }
  }

  /// The same keys with transformed values.
  public func mapValues<Result>(
    _ body: (Key, Value) throws -> Result
  ) rethrows -> Keyed<Key, Result> {
    try Keyed<Key, Result>(keys) { try body($0, self[$0]) }
  }
}

extension Notebook {
  /// Makes one value per key. Before each, it reports the progress of the current step.
  public func keyed<Key, Value>(
    _ keys: [Key], detail: (Key) -> String = { "\($0)" }, _ make: (Key) throws -> Value
  ) rethrows -> Keyed<Key, Value> {
    var done = 0
    return try Keyed(keys) { key in
      progress(done: done, total: keys.count, detail: detail(key))
      done += 1
      return try make(key)
    }
  }
}

extension Keyed: Sendable where Key: Sendable, Value: Sendable {}
extension Keyed: Equatable where Value: Equatable {}

/// Encoded by the raw value of each key, in the order of the keys.
extension Keyed: Codable where Key: RawRepresentable, Key.RawValue == String, Value: Codable {
  private struct Entry: Codable {
    let key: String
    let value: Value
  }

  public init(from decoder: any Decoder) throws {
    let entries = try [Entry](from: decoder)
    var named: [Key: Value] = [:]
    let keys = try entries.map { entry in
      guard let key = Key(rawValue: entry.key), named[key] == nil else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath,
            debugDescription: "'\(entry.key)' is not a key of \(Key.self), or is a duplicate"))
      }
      named[key] = entry.value
      return key
    }
    self.keys = keys
    values = named
  }

  public func encode(to encoder: any Encoder) throws {
    try pairs.map { Entry(key: $0.key.rawValue, value: $0.value) }.encode(to: encoder)
  }
}
