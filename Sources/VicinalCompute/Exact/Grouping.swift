/// Items grouped by a number 0 ..< `groups`, in ascending order inside each group (counting sort).
///
/// - Returns: The items in groups, and where each group starts (`groups + 1` values).
package func grouped(
  _ keys: [Int64], groups: Int
) -> (order: [Int32], starts: [Int]) {
  var starts = [Int](repeating: 0, count: groups + 1)
  for key in keys { starts[Int(key) + 1] += 1 }
  for group in 0..<groups { starts[group + 1] += starts[group] }
  var next = starts
  var order = [Int32](repeating: 0, count: keys.count)
  for item in keys.indices {
    let group = Int(keys[item])
    order[next[group]] = Int32(item)
    next[group] += 1
  }
  return (order, starts)
}
