import ArgumentParser

/// What `--device` asks for.
enum DeviceChoice: Equatable, ExpressibleByArgument {
  case cpu
  /// The processor, then the first OpenCL device, and whether the two agree.
  case both
  /// `gpu`, `gpu:N`, or a part of a device's name.
  case openCL(String)

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "cpu": self = .cpu
    case "both": self = .both
    default: self = .openCL(argument)
    }
  }

  var defaultValueDescription: String { word }

  /// As it is written on the command line.
  var word: String {
    switch self {
    case .cpu: "cpu"
    case .both: "both"
    case .openCL(let name): name.contains(" ") ? "'\(name)'" : name
    }
  }
}
