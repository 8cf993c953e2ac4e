extension HTMLReport {
  /// Bars of what the index and the build took against what they might take.
  var memory: Markup {
    """
    <section>
    <h2>Memory</h2>
    \(bar(
      "Index file", infos.sizeInBytes, of: infos.bounds?.indexMemory,
      predicted: infos.predictedSizeInBytes))
    \(bar(
      "Loaded index\(infos.isAccelerated ? ", with its int8 companion" : "")",
      infos.memoryInBytes, of: infos.bounds?.indexMemory,
      predicted: infos.predictedMemoryInBytes))
    \(bar(
      "Peak of the building process", infos.peakMemoryInBytes, of: infos.bounds?.workMemory,
      predicted: nil))
    </section>
    """
  }

  private func bar(_ name: String, _ bytes: Int, of bound: Int?, predicted: Int?) -> Markup {
    guard bytes > 0 else { return .none }
    let full = Double(max(bound ?? 0, bytes, predicted ?? 0, 1))
    let isOver = bound.map { bytes > $0 } ?? false
    let share = Double(bytes) / full * 100
    var text = ReportNumber.bytes(bytes)
    if let bound {
      text += " of \(ReportNumber.bytes(bound)) allowed"
      text += " (\(ReportNumber.significant(100 * Double(bytes) / Double(max(bound, 1))))\u{A0}%)"
    }
    if let predicted { text += ", predicted \(ReportNumber.bytes(predicted))" }
    let mark =
      predicted.map { value -> Markup in
        "<span class=\"mark\" style=\"left:\(Double(value) / full * 100)%\"></span>"
      } ?? .none
    let style: Markup = isOver ? "fill over" : "fill"
    return """
      <div class="bar"><div class="bar-text"><span>\(name)</span><span>\(text)</span></div>
      <div class="track"><span class="\(style)" style="width:\(share)%"></span>\(mark)</div></div>
      """
  }
}
