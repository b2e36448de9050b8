func sharedScores(queries: [[Float]], keys: [[[Float]]]) -> [[Float]] {
  let group = queries.count / keys.count
  return queries.enumerated().map { head, query in
    keys[head / group].map { key in
      let product = zip(query, key).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      return product / Float(query.count).squareRoot()
    }
  }
}
