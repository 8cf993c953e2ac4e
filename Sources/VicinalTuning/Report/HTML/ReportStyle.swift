/// The style sheet of reports. Blue against grey and orange keeps apart for colour-blind eyes too;
/// lines also differ in weight and dashes.
enum ReportStyle {
  static let sheet: Markup = """
    :root {
      color-scheme: light dark;
      --page: #fcfcfb; --card: #f1f1ee; --text: #1b1c1e; --soft: #5b5e63; --line: #dcdcd8;
      --accent: #0a5fb4; --other: #8d9197; --bound: #b3470b; --tint: #e3eefa;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #17181a; --card: #222427; --text: #ececea; --soft: #a9acb1; --line: #37393d;
        --accent: #70b4f8; --other: #83878e; --bound: #f79a5c; --tint: #1d3148;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    }
    main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
    h3 { font-size: .9rem; font-weight: 600; color: var(--soft); margin: 1rem 0 .3rem; }
    p { margin: .3rem 0; overflow-wrap: anywhere; }
    .kind, .note, small, .tile-name, .tile-note, dt { color: var(--soft); }
    .kind, .note, small, .tile-note { font-size: .875rem; }
    .note { max-width: 46rem; margin-bottom: .8rem; }
    .lead-text { font-size: 1.05rem; }
    code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9em; }
    code { overflow-wrap: anywhere; }
    pre {
      background: var(--card); border-radius: 6px; padding: .8rem 1rem; margin: 0;
      overflow-x: auto; font-size: .85rem;
    }
    pre code { font-size: 1em; overflow-wrap: normal; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .warnings {
      margin: 1rem 0 0; padding: .6rem 1rem .6rem 2rem; border-left: 4px solid var(--bound);
      background: var(--card); overflow-wrap: anywhere;
    }
    .tiles { display: grid; gap: .8rem; margin-top: 1.4rem; grid-template-columns: repeat(4, 1fr); }
    .tile { background: var(--card); border-radius: 8px; padding: .8rem 1rem; }
    .tile span { display: block; }
    .tile-name { font-size: .875rem; }
    .tile-value { font-size: 1.55rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
    .chart { display: block; width: 100%; height: auto; font-size: 12px; }
    .chart.narrow, .narrow-only { display: none; }
    .chart text { fill: var(--soft); }
    .chart .axis { fill: var(--text); font-weight: 600; }
    .grid { stroke: var(--line); stroke-width: 1; }
    .bound { stroke: var(--bound); stroke-width: 1; stroke-dasharray: 2 3; }
    .chart .bound-text { fill: var(--bound); }
    .curve polyline { fill: none; stroke: var(--other); stroke-width: 1.2; stroke-linejoin: round; }
    .curve .dot { fill: var(--other); }
    .predicted polyline { stroke: var(--accent); stroke-width: 1.6; stroke-dasharray: 6 4; }
    .predicted .dot, .measured .dot { fill: var(--accent); }
    .measured polyline { stroke: var(--accent); stroke-width: 3; }
    .ring { fill: none; stroke: var(--text); stroke-width: 2; }
    .lead { fill: none; stroke: var(--line); stroke-width: 1; }
    .chart .name.predicted, .chart .name.measured { fill: var(--accent); }
    .chart .name.measured, .chart .final { font-weight: 700; }
    .chart .final {
      fill: var(--text); paint-order: stroke; stroke: var(--page); stroke-width: 4px;
      stroke-linejoin: round;
    }
    .bar { margin: .8rem 0; }
    .bar-text { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
    .bar-text span:last-child { color: var(--soft); font-variant-numeric: tabular-nums; }
    .track {
      position: relative; display: block; height: .7rem; background: var(--card);
      border-radius: 4px; overflow: hidden;
    }
    .fill {
      display: block; height: 100%; min-width: 2px; background: var(--accent); border-radius: 4px;
    }
    .fill.over { background: var(--bound); }
    .mark { position: absolute; top: 0; width: 2px; height: 100%; background: var(--text); }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; }
    th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; }
    th { font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
    td { border-bottom: 1px solid var(--line); }
    th.number, td.number { text-align: right; }
    td small { display: block; overflow-wrap: anywhere; }
    tr.chosen td { background: var(--tint); }
    details { margin-top: 1rem; }
    summary { cursor: pointer; color: var(--soft); padding: .3rem 0; }
    .columns {
      display: grid; gap: 0 2.5rem; 
      grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
    }
    dl { margin: 0; }
    dl div {
      display: flex; justify-content: space-between; gap: 1rem; padding: .3rem 0;
      border-bottom: 1px solid var(--line);
    }
    dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .step {
      display: grid; grid-template-columns: 11rem 1fr 6rem; gap: .8rem; align-items: center;
      padding: .2rem 0;
    }
    @media (max-width: 680px) {
      main { padding-top: 1.2rem; }
      h1 { font-size: 1.35rem; }
      .tiles { grid-template-columns: repeat(2, 1fr); }
      .tile { padding: .7rem .8rem; }
      .tile-value { font-size: 1.25rem; }
      .chart.wide { display: none; }
      .chart.narrow { display: block; }
      .narrow-only { display: inline; }
      .step { grid-template-columns: 7rem 1fr 5rem; }
      .cards, .cards tbody, .cards tr, .cards td { display: block; }
      .cards thead { display: none; }
      .cards tr { border-bottom: 2px solid var(--line); padding: .5rem 0; }
      .cards tr.chosen { background: var(--tint); }
      .cards td, .cards td.number {
        display: grid; grid-template-columns: 7rem 1fr; gap: .1rem .6rem; border: 0; padding: .1rem .4rem;
        text-align: left; white-space: normal;
      }
      .cards td.number { display: inline-block; width: 33%; }
      .cards td::before { content: attr(data-label); color: var(--soft); }
      .cards td.number::before { display: block; font-size: .8rem; }
      .cards td small { grid-column: 2; }
    }
    """
}
