struct Needle {
  var tokens: [Int]
  var question: [Int]
  var answer: Int
}

func needleAccuracy(
  haystack: [Int], needles: [Needle], lengths: [Int], depths: [Double], model: ([Int]) -> Int
) -> [[Double]] {
  lengths.map { length in
    depths.map { depth in
      let right = needles.filter { needle in
        let room = length - needle.tokens.count - needle.question.count
        let hay = haystack.prefix(room)
        let before = Int(depth * Double(room))
        let prompt = hay.prefix(before) + needle.tokens + hay.dropFirst(before) + needle.question
        return model(Array(prompt)) == needle.answer
      }
      return Double(right.count) / Double(needles.count)
    }
  }
}
