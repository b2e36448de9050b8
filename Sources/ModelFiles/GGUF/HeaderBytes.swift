import Foundation

/// Bytes of a header, read piece by piece and checked.
///
/// - Complexity: of all calls together, linear in the bytes that are read.
final class HeaderBytes {
  private let path: String
  private let read: (Int) throws(ModelFileError) -> Data
  private var buffer: [UInt8] = []
  private var position = 0
  private var total = 0
  /// Bytes taken or skipped so far.
  var consumed: Int { total - (buffer.count - position) }
  private var keptNumbers = 0
  /// No header is this long: a vocabulary of 300,000 words takes about 10 MiB.
  private static let mostBytes = 256 << 20
  /// Numbers of all arrays together that are kept unasked, and of one array: as many as a model may
  /// have layers.
  private static let (mostNumbers, mostNumbersOfArray) = (1_000_000, 10_000)
  /// Elements of an array that is kept because it was asked for, for instance a vocabulary.
  private static let mostKept = 4_000_000

  init(path: String, read: @escaping (Int) throws(ModelFileError) -> Data) {
    self.path = path
    self.read = read
  }

  private func failure(_ reason: String) -> ModelFileError {
    ModelFileError(path: path, reason: reason)
  }

  /// Makes the buffer longer, so that `count` bytes can be taken.
  private func fill(_ count: Int) throws(ModelFileError) {
    while buffer.count - position < count {
      buffer.removeFirst(position)
      position = 0
      let more = try read(1 << 20)
      guard !more.isEmpty else {
        throw failure("its header ends after \(total) bytes, in the middle of a value")
      }
      total += more.count
      guard total <= Self.mostBytes else {
        throw failure("its header is longer than \(Self.mostBytes >> 20) MiB")
      }
      buffer += more
    }
  }

  func take(_ count: Int) throws(ModelFileError) -> ArraySlice<UInt8> {
    try fill(count)
    defer { position += count }
    return buffer[position..<position + count]
  }

  func skip(_ count: Int) throws(ModelFileError) {
    var left = count
    while left > 0 {
      try fill(1)
      let step = min(left, buffer.count - position)
      position += step
      left -= step
    }
  }

  private func bits(_ size: Int) throws(ModelFileError) -> UInt64 {
    try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  /// An unsigned number of `size` bytes, little-endian; at most 2⁶³ − 1.
  func integer(_ size: Int) throws(ModelFileError) -> Int {
    let value = try bits(size)
    guard let found = Int(exactly: value) else { throw failure("a number is \(value)") }
    return found
  }

  func count(most: Int, of what: String) throws(ModelFileError) -> Int {
    let found = try integer(8)
    guard found <= most else { throw failure("it has \(found) \(what); at most \(most) are read") }
    return found
  }

  private func textLength(most: Int) throws(ModelFileError) -> Int {
    try count(most: most, of: "letters in a text")
  }

  func text(most: Int) throws(ModelFileError) -> String {
    String(decoding: try take(try textLength(most: most)), as: UTF8.self)
  }

  // MARK: Values

  /// Types of texts and arrays, and the longest text.
  private static let (textType, arrayType, mostLetters) = (8, 9, 16 << 20)

  /// Bytes of a number or flag of this type; nil for other types.
  private static func width(of type: Int) -> Int? {
    switch type {
    case 0, 1, 7: 1
    case 2, 3: 2
    case 4, 5, 6: 4
    case 10, 11, 12: 8
    default: nil
    }
  }

  /// A value of this type. Of an array all elements are kept if `keeps` is true.
  func value(
    _ type: Int, keeps: Bool, depth: Int = 0
  ) throws(ModelFileError) -> GGUFFile.Value {
    if type == Self.textType { return .text(try text(most: Self.mostLetters)) }
    if type == Self.arrayType { return try array(keeps: keeps, depth: depth) }
    guard let width = Self.width(of: type) else {
      throw failure("a value has the unknown type \(type)")
    }
    let number = try number(type, width)
    return type == 7 ? .flag(number != 0) : .number(number)
  }

  /// A number of this type; a flag is 0 or another number.
  private func number(_ type: Int, _ width: Int) throws(ModelFileError) -> Double {
    let bits = try bits(width)
    switch type {
    case 1: return Double(Int8(truncatingIfNeeded: bits))
    case 3: return Double(Int16(truncatingIfNeeded: bits))
    case 5: return Double(Int32(truncatingIfNeeded: bits))
    case 6: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case 11: return Double(Int64(bitPattern: bits))
    case 12: return Double(bitPattern: bits)
    default: return Double(bits)
    }
  }

  /// An array: its length, and its numbers if it may have one for each layer.
  private func array(keeps: Bool, depth: Int) throws(ModelFileError) -> GGUFFile.Value {
    guard depth < 4 else { throw failure("an array is nested more than 4 deep") }
    let type = try integer(4)
    let length = try count(most: keeps ? Self.mostKept : Self.mostBytes, of: "elements in an array")
    var numbers: [Double] = []
    if let width = Self.width(of: type) {
      let isShort =
        length <= Self.mostNumbersOfArray && keptNumbers + length <= Self.mostNumbers
      if keeps || isShort {
        for _ in 0..<length { numbers.append(try number(type, width)) }
        keptNumbers += length
      } else {
        try skip(length * width)
      }
    } else if type == Self.textType, keeps {
      var texts: [String] = []
      for _ in 0..<length { texts.append(try text(most: Self.mostLetters)) }
      return .texts(texts)
    } else if type == Self.textType {
      for _ in 0..<length { try skip(try textLength(most: Self.mostLetters)) }
    } else {
      for _ in 0..<length { _ = try value(type, keeps: false, depth: depth + 1) }
    }
    return .array(count: length, numbers: numbers)
  }
}
