import Foundation

// Named apart from the arrays `cosines` and `sines` that are built with them.

func cosine(_ angle: Double) -> Double { cos(angle) }
func sine(_ angle: Double) -> Double { sin(angle) }
