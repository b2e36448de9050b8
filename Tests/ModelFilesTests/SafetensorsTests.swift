import Foundation
import ModelFiles
import Testing

/// Runs a test in a temporary folder, which is removed afterwards.
private func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("safetensors-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// A file written byte by byte, so that it can be invalid.
private func file(header: String, data: [UInt8], in folder: URL) throws -> URL {
  let url = folder.appendingPathComponent("made.safetensors")
  var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
  bytes.append(contentsOf: header.utf8)
  bytes.append(contentsOf: data)
  try bytes.write(to: url)
  return url
}

private let sample = SafetensorsFile(
  tensors: [
    ("b", [2, 3], [1, -2, 0.5, .infinity, -0.0, .leastNonzeroMagnitude]),
    ("a \"quoted\"\\\n", [1], [7]), ("scalar", [], [3]), ("empty", [0, 4], []),
    ("é", [2], [.nan, 1e-30]),
  ],
  metadata: ["step": "600", "z": "", "note": "tab\there"])

@Suite struct SafetensorsRoundTripTests {
  @Test func roundTripIsBitwiseEqualAndInOrder() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try sample.write(to: url)
      let back = try SafetensorsFile(reading: url)
      // The empty tensor keeps its position: at the end of the one before it.
      #expect(back.tensors.map(\.name) == sample.tensors.map(\.name))
      #expect(back.tensors.map(\.shape) == sample.tensors.map(\.shape))
      #expect(
        back.tensors.map { $0.values.map(\.bitPattern) }
          == sample.tensors.map { $0.values.map(\.bitPattern) })
      #expect(back.metadata == sample.metadata)
      #expect(back["scalar"]?.values == [3])
      #expect(back["absent"] == nil)
    }
  }

  @Test func equalTensorsGiveEqualBytesAndDataIsAligned() throws {
    try withFolder { folder in
      let one = folder.appendingPathComponent("1")
      let two = folder.appendingPathComponent("2")
      try sample.write(to: one)
      try SafetensorsFile(reading: one).write(to: two)
      let bytes = try Data(contentsOf: one)
      #expect(try bytes == Data(contentsOf: two))
      let headerLength = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(headerLength % 8 == 0)
    }
  }

  @Test func writingReplacesAndLeavesNoOtherFile() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("x")
      try SafetensorsFile().write(to: url)
      try sample.write(to: url)
      #expect(try SafetensorsFile(reading: url).tensors.count == sample.tensors.count)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
    }
  }

  @Test func failedWriteKeepsTheOldFileAndLeavesNoOther() throws {
    try withFolder { folder in
      let occupied = folder.appendingPathComponent("folder")
      let inside = occupied.appendingPathComponent("kept")
      try FileManager.default.createDirectory(at: occupied, withIntermediateDirectories: true)
      try sample.write(to: inside)
      let failure = #expect(throws: SafetensorsError.self) { try sample.write(to: occupied) }
      #expect(failure?.description.contains(occupied.path) == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["folder"])
      #expect(try SafetensorsFile(reading: inside).tensors.count == sample.tensors.count)
      #expect(
        throws: SafetensorsError.unwritable(
          file: folder.path + "/none/x", reason: "No such file or directory")
      ) {
        try sample.write(to: folder.appendingPathComponent("none/x"))
      }
    }
  }

  @Test func everyHalfPrecisionValueIsReadExactly() throws {
    #if !(os(macOS) && arch(x86_64))
      for bits in UInt16.min...UInt16.max {
        let expected = Float(Float16(bitPattern: bits))
        let actual = Float(half: bits)
        #expect(
          actual.bitPattern == expected.bitPattern || (actual.isNaN && expected.isNaN),
          "half \(bits)")
      }
    #endif
  }

  @Test func sixteenBitTypesAreRead() throws {
    try withFolder { folder in
      let header = """
        {"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},\
        "b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]}}
        """
      let url = try file(
        header: header, data: [0x00, 0x3C, 0x00, 0xC1, 0x80, 0x3F, 0x20, 0xC0], in: folder)
      let read = try SafetensorsFile(reading: url)
      #expect(read["h"]?.values == [1, -2.5])
      #expect(read["b"]?.values == [1, -2.5])
      #expect(read["b"]?.shape == [1, 2])
    }
  }
}

@Suite struct SafetensorsDamageTests {
  /// Every proper prefix of a file is reported as truncated.
  @Test func truncatedAnywhere() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("x")
      try SafetensorsFile(tensors: [("a", [3], [1, 2, 3]), ("b", [1], [4])]).write(to: url)
      let whole = try Data(contentsOf: url)
      for length in 0..<whole.count {
        try whole.prefix(length).write(to: url)
        let failure = #expect(throws: SafetensorsError.self) { try SafetensorsFile(reading: url) }
        guard case .truncated(_, _, length) = failure else {
          Issue.record("truncated to \(length) bytes: \(String(describing: failure))")
          continue
        }
      }
    }
  }

  /// The checksum detects every flipped bit of the data, and two flipped signs.
  @Test func flippedBits() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("x")
      let values: [Float] = [1, 2, 3, 4, 5]
      try SafetensorsFile(tensors: [("a", [5], values)]).write(to: url)
      let whole = try Data(contentsOf: url)
      let start = whole.count - 4 * values.count
      var flips = (0..<(32 * values.count)).map { [$0] }
      flips.append([63, 127])
      for flip in flips {
        var damaged = whole
        for bit in flip { damaged[start + bit / 8] ^= 1 << (bit % 8) }
        try damaged.write(to: url)
        let failure = #expect(throws: SafetensorsError.self) { try SafetensorsFile(reading: url) }
        guard case .checksumMismatch = failure else {
          Issue.record("bits \(flip): \(String(describing: failure))")
          continue
        }
      }
    }
  }

  @Test(arguments: [
    ("{", 0, "is not a valid safetensors file: its header is not JSON"),
    ("[1]", 0, "the top level has the wrong type"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "\"a\" has no \"data_offsets\""),
    (#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4, "has the wrong type"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, "[0, 4, 8] are not a range"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "[4, 0] are not a range"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, "[-4, 0] are not a range"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "does not have 4 bytes"),
    (#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4, "does not have 4 bytes"),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}"#, 4,
      "does not have 4 bytes"
    ),
    (#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#, 4, "of F16 does not have"),
    (
      #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8,
      "\"a\" has type I64, but only F32"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      "\"b\" is invalid: it starts at byte 4 and overlaps the tensor that ends at byte 8"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves a gap after"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 9, "its last 5 bytes belong to"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, 8, "is truncated"),
    // With the header's length this is more than an Int holds.
    (
      #"{"a":{"dtype":"F16","shape":[4611686018427387903],"#
        + #""data_offsets":[0,9223372036854775806]}}"#, 4,
      "its header says that the data has 9223372036854775806 bytes"
    ),
    (
      #"{"a":{"dtype":"F16","shape":[0],"#
        + #""data_offsets":[-9223372036854775808,9223372036854775807]}}"#, 0, "are not a range"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775808]}}"#, 4,
      "its header is not JSON"
    ),
    (#"{"__metadata__":{"n":1}}"#, 0, "\"__metadata__\" \"n\" has the wrong type"),
  ])
  func invalidHeader(header: String, byteCount: Int, sentence: String) throws {
    try withFolder { folder in
      let url = try file(
        header: header, data: [UInt8](repeating: 0, count: byteCount), in: folder)
      let failure = #expect(throws: SafetensorsError.self) { try SafetensorsFile(reading: url) }
      let text = failure?.description ?? ""
      #expect(text.contains(sentence) && text.contains(url.path), "\(text)")
    }
  }

  @Test func anotherFileFormat() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("book.txt")
      try Data("In the beginning God created the heaven".utf8).write(to: url)
      let failure = #expect(throws: SafetensorsError.self) { try SafetensorsFile(reading: url) }
      #expect(failure?.description.contains("is not a valid safetensors file") == true)
      #expect(
        throws: SafetensorsError.unreadable(file: folder.path, reason: "Is a directory")
      ) { try SafetensorsFile(reading: folder) }
      let absent = folder.appendingPathComponent("absent")
      #expect(
        throws: SafetensorsError.unreadable(file: absent.path, reason: "No such file or directory")
      ) { try SafetensorsFile(reading: absent) }
    }
  }
}
