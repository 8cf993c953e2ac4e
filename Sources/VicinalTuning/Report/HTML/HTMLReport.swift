/// A page about a finished build: what was chosen, why, how good it is and what it cost.
///
/// The page stands alone: style and drawings are inside, nothing is loaded, and there is no script.
/// It is also well-formed XML.
public struct HTMLReport: Sendable {
  let infos: IndexInfos

  /// A page about what `index_infos.json` says.
  public init(_ infos: IndexInfos) { self.infos = infos }

  /// The whole page.
  public var html: String {
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>\(infos.indexKey) – index report</title>
      <style>
      \(ReportStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      \(summary)
      \(chart)
      \(memory)
      \(candidates)
      \(facts)
      \(operatingPoints)
      \(usage)
      </main>
      </body>
      </html>

      """
    return page.text
  }
}
