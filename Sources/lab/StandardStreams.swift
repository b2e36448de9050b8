import Foundation

/// The three streams that every program is given; a caller may have closed some.
enum StandardStreams {
  /// Takes the numbers of closed streams, so that no file opened later gets one and has text written
  /// into it. Writing to a closed output fails, as it must.
  static func occupy() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // The lowest free number is this stream's own.
      _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
