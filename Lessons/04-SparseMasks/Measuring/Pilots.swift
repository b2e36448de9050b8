import LessonKit

/// What the pilots of this lesson gave.
extension Pilot {
  static let dearestBlock = Pilot([1], within: 0...9)
  static let cheapestBlock = Pilot([1], within: 0...9)
  static let recallCausal = Pilot([1], within: 0...1)
  static let recallVisible = Pilot([1], within: 0...1)
  static let recallRelayed = Pilot([1], within: 0...1)
  static let recallBeyond = Pilot([1], within: 0...9)
  static let globalBeyond = Pilot([1], within: 0...9)
  static let stridedBeyond = Pilot([1], within: 0...9)
  static let sinksBeyond = Pilot([1], within: 0...9)
  static let textWindow = Pilot([1], within: -9...9)
  static let textStrided = Pilot([1], within: -9...9)
  static let streamLate = Pilot([1], within: 0...9)
  static let streamEverything = Pilot([1], within: 0...9)
  static let sinksSaving = Pilot([1], within: -9...9)
  static let learnedSinkShare = Pilot([1], within: 0...1)
  static let learnedSinkLoss = Pilot([1], within: -9...9)
  static let chosenMean = Pilot([1], within: 0...1)
  static let chosenBound = Pilot([1], within: 0...1)
  static let chosenWindow = Pilot([1], within: 0...9)
}
