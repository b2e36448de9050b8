import Calculator
import Corpora
import Foundation
import LessonKit
import ModelFiles
import SmallTransformer
import TensorCore
import TerminalImages
import Tokenizer
import lab

func readSafetensors(_ bytes: [UInt8]) throws {
  let file: SafetensorsFile
  do {
    file = try SafetensorsFile(bytes: Data(bytes), file: "weights")
  } catch {
    return try expectSentence(error)
  }
  for tensor in file.tensors {
    try expect(
      tensor.shape.reduce(1, *) == tensor.values.count,
      "\(tensor.name): \(tensor.values.count) values for the shape \(tensor.shape)")
  }
}

func readProgress(_ bytes: [UInt8]) throws {
  guard let progress = try? ExerciseProgress.decode(Data(bytes)) else { return }
  let again = try ExerciseProgress.decode(try JSONEncoder().encode(progress))
  try expect(again == progress, "progress changes when it is written and read again")
}

func readPNG(_ bytes: [UInt8]) throws {
  guard let columns = bytes.first else { return }
  let png = withCorrectChecksums(Array(bytes.dropFirst()))
  // A large claimed size takes time for the memory of the pixels, and nothing else.
  guard claimedPixels(of: png) <= 1 << 22, let image = PixelImage(png: Data(png)) else { return }
  try expect(
    image.pixels.count == image.width * image.height * 3,
    "\(image.pixels.count) bytes for \(image.width) × \(image.height) pixels")
  guard image.width * image.height <= 1 << 16 else { return }
  for method in ImageProtocol.allCases {
    let text = PictureText.draw(png: Data(png), as: method, columns: Int(columns))
    try expect((text == nil) == (method == .none), "\(method) gives no picture")
  }
}

/// The product of the extents in the header, which begins at byte 16.
private func claimedPixels(of png: [UInt8]) -> Int {
  guard png.count >= 24 else { return 0 }
  return bigEndian(png, at: 16).multipliedReportingOverflow(by: bigEndian(png, at: 20)).partialValue
}

private func bigEndian(_ bytes: [UInt8], at place: Int) -> Int {
  bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
}

/// The same PNG, with the checksum of each chunk corrected where it is complete. The decoder refuses
/// every other mutation of the bytes.
private func withCorrectChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var (result, start) = (bytes, 8)
  while start + 12 <= bytes.count {
    let end = start + 8 + bigEndian(bytes, at: start)
    guard end + 4 <= bytes.count else { break }
    let sum = crc32(bytes[start + 4..<end])
    for place in 0..<4 { result[end + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * place)) }
    start = end + 4
  }
  return result
}

/// The checksum of PNG (ISO 3309), one table look-up per byte.
private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in crcTable[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
}

func readCorpus(_ bytes: [UInt8]) throws {
  var source = ByteSource(bytes)
  let length = 1 + source.number(below: 64)
  let stride = 1 + source.number(below: length)
  let lead = length - stride + source.number(below: 8)
  let corpus = Corpus(name: "text", bytes: Array(bytes.dropFirst(3)))
  try expect(
    corpus.training.count + corpus.heldOut.count == corpus.bytes.count,
    "the parts have \(corpus.training.count) and \(corpus.heldOut.count) bytes")
  for range in [corpus.training, corpus.heldOut] {
    do {
      var sampler = try BatchSampler(
        corpus: corpus, range: range, batchSize: 2, length: length,
        generator: SeededGenerator(seed: 1, stream: "fuzz"))
      let batch = sampler.next()
      try expect(isShifted(batch), "a target is not the next token")
      let windows = try EvaluationWindows(
        corpus: corpus, range: range, length: length, stride: stride, lead: lead)
      let last = windows.batch(windows.count - 1..<windows.count)
      try expect(isShifted(last), "a target of a window is not the next token")
      try expect(
        range.contains(windows.scoredTargets(of: windows.count - 1).upperBound - 1),
        "the last window leaves \(range)")
    } catch let error as CorpusError {
      try expectSentence(error)
    }
  }
}

private func isShifted(_ batch: Batch) -> Bool {
  (0..<batch.batchSize).allSatisfy { row in
    let places = row * batch.length..<(row + 1) * batch.length
    return batch.inputs[places].dropFirst().elementsEqual(batch.targets[places].dropLast())
  }
}

func readBible(_ bytes: [UInt8]) throws {
  do {
    let text = try kingJamesText(of: bytes, from: "bible")
    try expect(text.count <= bytes.count + 1, "the text is longer than what was printed")
  } catch let error as CorpusError {
    try expectSentence(error)
  }
}

func readConfiguration(_ bytes: [UInt8], checksPage: Bool) throws {
  let model: ModelShape
  do {
    model = try ModelConfiguration.model(Data(bytes), path: "config.json")
  } catch {
    return try expectSentence(error)
  }
  if checksPage { try checkMemoryPage(of: model, nil) }
}

func readGGUF(_ bytes: [UInt8], checksPage: Bool) throws {
  let found: (model: ModelShape, format: WeightFormat)
  do {
    found = try GGUFHeader.model(Data(bytes), path: "model.gguf")
  } catch {
    return try expectSentence(error)
  }
  try expect(found.format.bitsPerWeight > 0, "weights of \(found.format.bitsPerWeight) bits")
  if checksPage { try checkMemoryPage(of: found.model, found.format) }
}

func readWeights(_ bytes: [UInt8]) throws {
  let weights: GGUFWeights
  do {
    weights = try GGUFWeights(Data(bytes), path: "model.gguf")
  } catch {
    return try expectSentence(error)
  }
  for (name, shape) in weights.shapes {
    let count = try weights.values(of: name).count
    try expect(count == shape.reduce(1, *), "\(name): \(count) values for the shape \(shape)")
  }
}

func readTokenizer(_ bytes: [UInt8]) throws {
  let encoding: BytePairEncoding
  do {
    encoding = try BytePairEncoding(json: Data(bytes), path: "tokenizer.json")
  } catch {
    return try expectSentence(error)
  }
  for special in [BytePairEncoding.SpecialTokens.asText, .recognized] {
    let ids = encoding.encode(bytes: bytes, special: special)
    try expect(ids.allSatisfy { $0 >= 0 && $0 < encoding.count }, "an id is not in the vocabulary")
    var streamed = StreamedText(encoding)
    let parts = ids.map { streamed.append($0) } + [streamed.finish()]
    // One that replaces invalid bytes at other places may have another number of them.
    let whole = encoding.decode(ids)
    try expect(
      parts.joined().filter { $0 != "\u{FFFD}" } == whole.filter { $0 != "\u{FFFD}" },
      "the streamed text differs")
  }
}

/// The model can be calculated with, and its name does nothing to a terminal.
private func checkMemoryPage(of model: ModelShape, _ format: WeightFormat?) throws {
  let text = try memoryText(of: model, format, isTraining: false)
  let controls = text.unicodeScalars.filter {
    $0.properties.generalCategory == .control && $0 != "\n"
  }
  try expect(controls.isEmpty, "control characters on the page: \(Array(controls))")
  // The texts of the file could contain these letters.
  var plain = model
  (plain.name, plain.source) = ("a model", "a file")
  for isTraining in [false, true] {
    let text = try memoryText(of: plain, nil, isTraining: isTraining)
    try expect(!text.contains("nan"), "a number is missing:\n\(text)")
  }
}
