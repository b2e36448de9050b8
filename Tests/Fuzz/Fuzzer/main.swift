// The fuzzer: `fuzz TARGET [libFuzzer's options and folders]`.

import Foundation
import FuzzTargets

/// libFuzzer's own main function.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init(rawValue:))

/// libFuzzer's runtime refers to this name.
@_cdecl("LLVMFuzzerTestOneInput")
public func runOnce(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do {
    try target?.run(Array(UnsafeBufferPointer(start: bytes, count: count)), isFast: true)
  } catch {
    fatalError("\(error)")
  }
  return 0
}

guard target != nil else {
  let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
  print("usage: fuzz TARGET [OPTIONS] [FOLDERS]; TARGET is one of \(names).")
  exit(64)
}

// libFuzzer gets the program's name and everything after the target.
var arguments = CommandLine.unsafeArgv.advanced(by: 1)
var count = CommandLine.argc - 1
arguments[0] = CommandLine.unsafeArgv[0]
exit(runFuzzer(&count, &arguments, runOnce))
