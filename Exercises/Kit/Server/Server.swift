import Foundation

/// Answers the calls of a lesson until its standard input ends: one line of JSON each.
///
/// What the learner's function prints or reads must not mix with calls and answers. So both move to
/// other descriptors first.
func serve<Call: Decodable, Answer: Encodable>(_ answer: (Call) -> Answer) {
  let (calls, answers) = (dup(STDIN_FILENO), dup(STDOUT_FILENO))
  let nothing = open("/dev/null", O_RDWR)
  dup2(nothing, STDIN_FILENO)
  dup2(nothing, STDOUT_FILENO)
  guard calls >= 0, let lines = fdopen(calls, "r") else { exit(74) }
  let output = FileHandle(fileDescriptor: answers)
  let (decoder, encoder) = (JSONDecoder(), JSONEncoder())
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  var line: UnsafeMutablePointer<CChar>?
  var capacity = 0
  while true {
    let count = getline(&line, &capacity, lines)
    guard count > 0, let line else { return }
    do {
      let call = try decoder.decode(Call.self, from: Data(bytes: line, count: count))
      try output.write(contentsOf: encoder.encode(answer(call)) + [UInt8(ascii: "\n")])
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit(74)
    }
  }
}
