@testable import struct Learner.Cache
@testable import func Learner.decoded

/// The tokens of one head in order, `[token][element]`.
struct HeadRows: Decodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
}

/// Several heads. The answer has the output of each token of each head.
struct DecodeCall: Decodable {
  let heads: [HeadRows]
}

func answer(_ call: DecodeCall) -> [[[Float]]] {
  call.heads.map { head in
    var cache = Cache()
    return head.queries.indices.map { token in
      decoded(
        query: head.queries[token], key: head.keys[token], value: head.values[token],
        cache: &cache)
    }
  }
}
