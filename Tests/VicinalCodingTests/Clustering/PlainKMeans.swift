import VicinalCore
import VicinalTestSupport

/// Lloyd's algorithm in double precision, written as plainly as possible: what k-means is compared
/// with. Clusters without points stay where they are.
struct PlainKMeans {
  var centroids: [Double]
  let dimension: Int
  var objectives: [Double] = []

  init(start: [Float], dimension: Int) {
    centroids = start.map(Double.init)
    self.dimension = dimension
  }

  mutating func run(_ points: Vectors, weights: [Float]? = nil, iterations: Int) {
    let k = centroids.count / dimension
    for _ in 0..<iterations {
      var sums = [Double](repeating: 0, count: centroids.count)
      var masses = [Double](repeating: 0, count: k)
      var objective = 0.0
      for row in 0..<points.count {
        let (cluster, distance) = nearest(points[row])
        let weight = weights.map { Double($0[row]) } ?? 1
        objective += weight * distance
        masses[cluster] += weight
        for (column, value) in points[row].enumerated() {
          sums[cluster * dimension + column] += weight * Double(value)
        }
      }
      for place in centroids.indices where masses[place / dimension] > 0 {
        centroids[place] = sums[place] / masses[place / dimension]
      }
      objectives.append(objective)
    }
  }

  func nearest(_ point: ArraySlice<Float>) -> (cluster: Int, distance: Double) {
    var best = (cluster: -1, distance: Double.infinity)
    for cluster in 0..<centroids.count / dimension {
      var distance = 0.0
      for (column, value) in point.enumerated() {
        let difference = Double(value) - centroids[cluster * dimension + column]
        distance += difference * difference
      }
      if distance < best.distance { best = (cluster, distance) }
    }
    return best
  }

  /// The sum of squared distances of all points to their nearest centroids.
  static func objective(_ points: Vectors, centroids: [Float]) -> Double {
    let plain = PlainKMeans(start: centroids, dimension: points.dimension)
    return (0..<points.count).reduce(0) { $0 + plain.nearest(points[$1]).distance }
  }
}
